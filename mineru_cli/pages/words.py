"""Words of a page with their places."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from mineru_cli.domain.block import BBox

_MEANINGLESS = frozenset({"Cc", "Co", "Cn", "Cs"})


class Word(NamedTuple):
    """Characters without white space between, in the order they are read.

    ``bbox``, ``baseline`` and ``height`` (of the font's line) are shares of the page as displayed, 0-1 but
    for what hangs over its edge. ``line`` counts the file's own lines. ``quarter`` is 0, 90, 180 or 270
    degrees clockwise, -1 for askew. ``drawn`` is false for the unseen text that OCR puts under the picture
    of a page, ``mathematical`` true for fonts of formulas, ``raised`` where baselines differ inside.
    ``unmapped`` words are codes of a font that does not say which characters they are. Of ``obscured`` words
    some characters are hidden and left out of ``text``. ``missing_font`` names the font without which this
    machine could not draw the word, empty where it could.
    """

    text: str
    bbox: BBox
    line: int = 0
    baseline: float = 0.0
    height: float = 0.0
    quarter: int = 0
    drawn: bool = True
    mathematical: bool = False
    raised: bool = False
    unmapped: bool = False
    obscured: bool = False
    missing_font: str = ""


def is_garbage(char: str) -> bool:
    """Replacement, private use, control, unassigned: characters that fonts without a mapping give."""
    if " " <= char <= "~":
        return False
    return char == "\ufffd" or unicodedata.category(char) in _MEANINGLESS
