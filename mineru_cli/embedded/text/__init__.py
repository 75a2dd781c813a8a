"""From lines to running text."""
