"""vLLM with the published shapes of real models and made-up weights. ``python -m benchmarks.gpu``."""
