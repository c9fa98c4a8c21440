"""Kommo: its API v4, its webhooks and its OAuth. Every word of Kommo's (lead, status, note) stays in this package."""
