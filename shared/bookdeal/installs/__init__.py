"""An installation: one Kommo account that uses Bookdeal, its settings, its account's make-up, its state."""
