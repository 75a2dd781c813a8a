"""``mineru-batch bench`` and its neighbours, one command a file."""
