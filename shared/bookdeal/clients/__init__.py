"""Clients become contacts: who is who, without guessing."""
