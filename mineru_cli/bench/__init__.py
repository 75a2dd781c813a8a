"""Measures a server with real work: pages of documents through the real pipeline."""
