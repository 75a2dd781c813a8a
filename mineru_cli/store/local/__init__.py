"""The output folder: files written whole, page results, the lock."""
