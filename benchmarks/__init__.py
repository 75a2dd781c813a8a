"""Speed, memory and start-up, measured against the peer and against the floor. ``python -m benchmarks``."""
