"""``mineru-batch bench`` and its subcommands, one per file."""
