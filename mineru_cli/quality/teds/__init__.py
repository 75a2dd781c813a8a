"""Tree edit distance of two tables, from cheap special cases to the general algorithm."""
