"""Terminal output of ``bench``."""
