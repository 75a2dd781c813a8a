"""Servers that a bench can restart with different settings."""
