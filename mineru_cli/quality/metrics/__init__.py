"""One metric a file. ``registry`` says which there are and what they weigh."""
