"""What observers of a run make of its events: progress, gauges, rates, the bottleneck, timelines."""
