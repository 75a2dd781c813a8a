"""What stands in the way, and the way out: one finding a check."""
