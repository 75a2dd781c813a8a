"""The documents that a bench converts."""
