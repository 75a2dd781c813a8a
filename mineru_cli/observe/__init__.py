"""State derived from a run's events: progress, gauges, rates, the bottleneck, timelines."""
