"""Bookings become deals: the rules that say what a deal should be, and the mover that makes it so."""
