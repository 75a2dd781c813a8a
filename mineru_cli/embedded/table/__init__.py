"""Table structure: from ruling lines and words to a grid, and from the grid to OTSL."""
