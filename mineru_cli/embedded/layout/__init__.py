"""Which blocks a page has, of what kind, in which order."""
