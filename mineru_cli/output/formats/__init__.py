"""Output formats: one module for each, behind one port. ``registry`` has them by name."""
