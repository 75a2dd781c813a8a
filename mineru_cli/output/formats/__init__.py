"""What a document becomes: one module for each format, behind one port. ``registry`` knows them by name."""
