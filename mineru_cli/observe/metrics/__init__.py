"""A run as Prometheus metrics: declarations, values folded from events, and exporters."""
