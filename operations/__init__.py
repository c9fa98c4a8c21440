"""What an operator runs on his own machine, against a deployed stack or the local one; never deployed itself."""
