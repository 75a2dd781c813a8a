"""Detection and recognition of text lines by ONNX models."""
