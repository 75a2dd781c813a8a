"""Full-width characters as their ordinary forms."""

from __future__ import annotations

_SHIFT = 0xFEE0
_ALL = {code: code - _SHIFT for code in range(0xFF01, 0xFF5F)}
_LETTERS_AND_DIGITS = {code: half for code, half in _ALL.items() if chr(half).isalnum()}


def halved(text: str) -> str:
    """Letters, digits and punctuation: for comparing."""
    return text.translate(_ALL)


def normal(text: str) -> str:
    """Letters and digits only, as text is written."""
    return text if text.isascii() else text.translate(_LETTERS_AND_DIGITS)
