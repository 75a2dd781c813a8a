"""Configuration of a server of the embedded engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mineru_cli.isolation.sandbox_mode import SandboxMode

MODEL_NAME = "mineru-embedded-cpu"
"""The served model's id. It contains "mineru", so that clients choose the two-step protocol."""

KEY_VARIABLE = "MINERU_EMBEDDED_API_KEY"
"""Environment variable with the API key."""

MAX_MODEL_LEN = 32_768
"""Maximum tokens per request. The engine has no context window; the number limits replies."""

Runtime = Literal["auto", "onnxruntime", "openvino"]


@dataclass(frozen=True, slots=True)
class EmbeddedConfig:
    """Address, cores, recogniser and limits of one server.

    ``port`` 0 takes a free port. ``threads`` is the number of cores used, 0 for all that this process may
    use. ``slots`` is the number of concurrent requests, each with ``threads // slots`` cores; 0 lets the
    engine choose. ``runtime`` "auto" prefers OpenVINO, which runs the same ONNX files two to three times
    faster on x86, and falls back to ONNX Runtime. ``recogniser_folder`` is for recognisers whose weights are
    not in a wheel. ``max_body`` limits the size of a request, in bytes. ``sandbox`` other than "off"
    permanently confines the serving process.
    """

    host: str = "127.0.0.1"
    port: int = 0
    threads: int = 0
    slots: int = 0
    api_key: str | None = None
    model: str = MODEL_NAME
    runtime: Runtime = "auto"
    recogniser: str = "rapidocr"
    recogniser_folder: Path | None = None
    max_body: int = 64 * 1024 * 1024
    grace: float = 20.0
    sandbox: SandboxMode = "auto"
