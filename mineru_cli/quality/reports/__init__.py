"""The same comparison for people, for machines, for CI."""
