"""The reading order of text from right to left, where pdfium gives another one. Pure.

pdfium turns lines from right to left round, for files that paint them from left to right. Files that paint
the letters one by one come out backwards in places. Where the letters stand tells which it was.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

FIRST_CODE = 0x590
"""The first code of scripts from right to left."""

_LAM, _ALEFS = 0x644, frozenset({0x622, 0x623, 0x625, 0x627})
"""They join to one glyph in this order only."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A character where its glyph begins: ``along`` grows from left to right. ``thing`` is its text object.

    Characters of one glyph, a ligature, have one place.
    """

    code: int
    along: float
    thing: int


def may_run_backwards(codes: Sequence[int]) -> bool:
    """Whether a word has letters of a script from right to left."""
    return max(codes) >= FIRST_CODE and any(_direction(code) == "R" for code in codes)


def in_order(letters: Sequence[Letter]) -> list[int]:
    """The codes of a word in reading order. Runs from left to right inside it stay as they are."""
    ordered: list[int] = []
    for left_to_right, run in groupby(letters, key=lambda letter: _direction(letter.code) == "L"):
        part = list(run)
        ordered += [letter.code for letter in part] if left_to_right else _from_the_right(part)
    return ordered


def _from_the_right(letters: Sequence[Letter]) -> list[int]:
    glyphs = [list(glyph) for _, glyph in groupby(letters, key=lambda letter: round(letter.along, 1))]
    rising = any(two[0].along > one[0].along for one, two in pairwise(glyphs))
    marked = any(unicodedata.combining(chr(letter.code)) for letter in letters)
    if rising and not marked:
        glyphs.sort(key=lambda glyph: -glyph[0].along)
    elif rising and (bases := [one for one in letters if _direction(one.code) == "R"]):
        rising = bases[0].along < bases[-1].along
        glyphs = glyphs[::-1] if rising else glyphs
    # pdfium turned the parts of a glyph round together with the line, or what painted each glyph alone had
    # written them from left to right.
    turned = rising != (len({letter.thing for letter in letters}) == 1)
    return [letter.code for glyph in glyphs for letter in _parts(glyph, turned=turned)]


def _parts(glyph: list[Letter], *, turned: bool) -> list[Letter]:
    if len(glyph) == 2 and {letter.code for letter in glyph} & _ALEFS:
        return sorted(glyph, key=lambda letter: letter.code != _LAM)
    return glyph[::-1] if turned else glyph


def _direction(code: int) -> str:
    if code < FIRST_CODE:
        return "L" if chr(code).isalnum() else ""
    kind = unicodedata.bidirectional(chr(code)) if code < 0x110000 else ""
    return "R" if kind in ("R", "AL") else "L" if kind in ("L", "EN", "AN") else ""
