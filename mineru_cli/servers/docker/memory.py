"""How much memory and disk a model needs, from its name. Estimates: parameters times bytes each."""

from __future__ import annotations

import re

GIB = 2**30

_WEIGHTS = {
    "qwen2.5-vl-3b": 3.75,
    "qwen2.5-vl-7b": 8.29,
    "qwen2.5-vl-32b": 33.5,
    "qwen2.5-vl-72b": 73.4,
    "mineru2": 1.2,
}
"""Billions of parameters, vision tower included, which the name leaves out."""

_BILLIONS = re.compile(r"(\d+(?:\.\d+)?)b(?![a-z])")
WORKING = 3 * GIB
"""Activations, CUDA context and the smallest useful KV cache."""

IMAGE = 25 * GIB
"""Approximate size of vLLM's image when unpacked."""


def weights(model: str) -> int | None:
    """Bytes of the model's weights; None if its name does not contain its size."""
    name = model.lower()
    billions = next((size for known, size in _WEIGHTS.items() if known in name), None)
    if billions is None:
        found = _BILLIONS.search(name)
        billions = float(found[1]) if found else None
    return None if billions is None else round(billions * _bytes_each(name) * 1e9)


def memory_needed(model: str, gpus: int = 1) -> int | None:
    """Least memory in bytes on each of ``gpus`` GPUs with which the model can be served."""
    size = weights(model)
    return None if size is None else size // gpus + WORKING


def _bytes_each(name: str) -> float:
    if any(word in name for word in ("awq", "gptq", "int4", "w4a16", "nvfp4")):
        return 0.65  # scales, and the vision tower, which stays in 16 bits
    return 1.1 if "fp8" in name or "int8" in name else 2.0
