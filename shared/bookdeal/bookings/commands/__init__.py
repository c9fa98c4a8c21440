"""What people and jobs ask the mover for: stored first, then carried out."""
