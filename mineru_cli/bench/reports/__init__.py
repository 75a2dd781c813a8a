"""What a bench leaves behind: JSON, CSV, and the table of targets."""
