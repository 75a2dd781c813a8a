"""The output folder: atomically written files, page results, the lock."""
