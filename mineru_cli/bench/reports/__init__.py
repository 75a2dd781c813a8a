"""Reports of a bench: JSON, CSV, and the table of targets."""
