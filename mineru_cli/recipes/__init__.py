"""Recipes: how a page becomes requests and replies become blocks. One file per recipe."""
