"""Pairs documents, pages and blocks of two runs."""
