"""Structure of tables: from ruling lines and words to a grid, from a grid to OTSL."""
