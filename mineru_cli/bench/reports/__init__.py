"""What a bench leaves behind: JSON, CSV, and the proposal's table."""
