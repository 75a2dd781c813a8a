"""The tree edit distance of two tables, in steps from the special to the general."""
