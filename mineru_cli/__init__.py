"""mineru-batch: convert directories of PDFs with MinerU over a vLLM server."""

__all__ = ["__version__"]

__version__ = "0.1.0"
