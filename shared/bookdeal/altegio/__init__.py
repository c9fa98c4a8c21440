"""Altegio: its REST API v1 and its webhooks. Every word of Altegio's (record, company, staff) stays in this package."""
