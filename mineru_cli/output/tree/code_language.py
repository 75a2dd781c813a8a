"""What language a listing is written in, as MinerU guesses it: with magika, where that is installed."""

from __future__ import annotations

from functools import cache
from importlib import util
from typing import Any

UNKNOWN = "txt"


def language_of(code: str) -> str:
    """The name for the fence, "txt" when there is no telling. The model is loaded with the first listing."""
    if not code:
        return UNKNOWN
    model = _model()
    if model is None:
        return UNKNOWN
    label = str(model.identify_bytes(code.encode("utf-8", "replace")).prediction.output.label)
    return UNKNOWN if label == "unknown" else label


def installed() -> bool:
    """Whether languages can be guessed."""
    return util.find_spec("magika") is not None


@cache
def _model() -> Any | None:
    if not installed():
        return None
    from magika import Magika

    return Magika()
