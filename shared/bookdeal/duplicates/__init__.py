"""Duplicates: which contacts, deals and bookings are there twice; for searching, for bookings and for forms."""
