"""The ledger of a run: SQLite, its records, and the summary made of it."""
