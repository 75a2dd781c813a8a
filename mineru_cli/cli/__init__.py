"""One command a file. A command parses, builds, makes one library call, renders."""
