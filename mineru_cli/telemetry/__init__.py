"""Metrics of model servers and GPUs."""
