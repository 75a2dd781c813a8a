"""Presentation of runs: live view, log, JSON lines, tables. The only package that imports rich."""
