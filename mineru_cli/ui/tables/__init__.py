"""Tables and reports as text."""
