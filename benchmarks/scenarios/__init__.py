"""One measurement a file. Each has ``run(bench) -> Section``."""
