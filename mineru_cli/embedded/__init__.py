"""The embedded CPU engine: OCR on ONNX models, served as an OpenAI-compatible server.

It implements the two-step protocol of MinerU2.5 (layout of a page, then one request per block), so the client
needs no second code path. ``process.embedded_server`` starts it as a child process; ``__main__`` is that
process. Importing this package is cheap: numpy and the models are loaded only inside the server.
"""
