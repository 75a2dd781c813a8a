"""Text of a block from its lines."""
