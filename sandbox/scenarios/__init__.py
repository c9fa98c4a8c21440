"""What happens in the sandbox by itself."""
