"""Recipes: how a page becomes requests and replies become blocks. One recipe a file."""
