"""A run as Prometheus metrics: what there is, how events become values, and the ways out."""
