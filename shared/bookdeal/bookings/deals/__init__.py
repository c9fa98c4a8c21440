"""Deals made equal to their bookings: who the client is, which deal it is, what is written, each made once."""
