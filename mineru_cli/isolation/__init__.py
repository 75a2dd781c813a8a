"""How our child processes are started and what they are denied: they read strangers' files."""
