"""How child processes are started and confined: they read untrusted files."""
