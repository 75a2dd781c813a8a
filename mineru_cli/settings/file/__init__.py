"""The configuration file: reading with positions, its schema, and migration of older files."""
