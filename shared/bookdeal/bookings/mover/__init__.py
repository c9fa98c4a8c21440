"""The mover: from hints to runs, what changed is read, worked off, and what is left is remembered."""
