"""One command per file. A command parses, builds, makes one library call, renders."""
