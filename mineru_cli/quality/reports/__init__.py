"""Reports of a comparison for people, for machines, for CI."""
