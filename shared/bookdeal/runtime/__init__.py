"""What every function stands on: clock, HTTP, request budget, tokens, tables, queue, errors, logs.

No provider is known here.
"""
