"""Parsers of a model's reply for a whole page into blocks: one file per reply format."""
