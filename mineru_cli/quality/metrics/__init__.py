"""One metric per file. ``registry`` lists them with their weights."""
