"""One measurement: a real run against a real server, and the metrics of its steady state."""
