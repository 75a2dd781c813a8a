"""What people and machines see of a run: live view, log, JSON lines, tables. The only user of rich."""
