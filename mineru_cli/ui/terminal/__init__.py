"""Views of a run on a terminal: live, plain log, none."""
