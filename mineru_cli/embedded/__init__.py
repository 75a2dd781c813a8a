"""The embedded CPU engine: OCR on ONNX models, served as an OpenAI-compatible server.

It speaks the two-step protocol of MinerU2.5 (layout of a page, then one request a block), so that the client
needs no second path. ``process.embedded_server`` starts it as a child process; ``__main__`` is that process.
Importing this package costs nothing: numpy and the models are loaded only inside the server.
"""
