"""Servers that a bench may start again and again, each time with other settings."""
