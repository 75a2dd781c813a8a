"""The content of the example documents, one a file."""
