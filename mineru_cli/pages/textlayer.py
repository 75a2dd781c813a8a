"""The text a page carries itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextLayer:
    """Words of a page with their places."""
