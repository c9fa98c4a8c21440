"""The agency's desk: what an operator may see and do, over all installations of a stack."""
