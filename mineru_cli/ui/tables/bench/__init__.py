"""What a bench shows on the terminal."""
