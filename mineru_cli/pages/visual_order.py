"""From the visual order of a line's glyphs to their reading order: the inverse of bidi reordering. Pure.

The Unicode bidirectional algorithm (UAX 9) places text that was written in logical order. Here it is inverted
for a line with letters of a right-to-left script: its runs of the other direction and its numbers are found
among the glyphs from left to right, and reversed. Numbers keep their signs as UAX 9 treats them: after a
Hebrew letter "20%" is shown as it is written, after an Arabic one as "%20".

Different texts may look the same. Of those the most common is chosen: "Python 3.11" is a name with its
version.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, NamedTuple

SPACE: Final = " "

_OPENING: Final = {"(": ")", "[": "]", "{": "}", "«": "»"}
_CLOSING: Final = {close: opened for opened, close in _OPENING.items()}
_ENDS: Final = frozenset(".,;:!?،؛؟…")
"""A bracket before one of these closes."""

_LETTERS: Final = frozenset({"R", "AL", "L"})
_DIGITS: Final = frozenset({"EN", "AN"})
_CODES: Final = {"EN": "e", "AN": "a", "CS": ",", "ES": "-", "ET": "%"}
_NUMBER: Final = re.compile(r"%*e+(?:[,-]e+)*%*|a+(?:,a+)*")
_ARABIC_NUMBER: Final = re.compile(r"e+(?:,e+)*|a+(?:,a+)*")
"""A number with its signs, as letters for the bidirectional classes of its glyphs."""
_LONGEST_NUMBER: Final = 64
_LENGTHS_AND_MASSES: Final = frozenset({"mm", "cm", "m", "km", "m²", "m³", "km²", "mg", "g", "kg", "ml", "l"})
_MACHINES: Final = frozenset({"kB", "KB", "MB", "GB", "TB", "Hz", "kHz", "MHz", "GHz", "W", "kW", "kWh", "V"})
_CURRENCIES: Final = frozenset({"USD", "EUR", "GBP", "ILS", "SAR", "AED", "EGP"})
_UNITS: Final = _LENGTHS_AND_MASSES | _MACHINES | _CURRENCIES
"""Words that follow their number. Other Latin words come before theirs."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """The content of one place of a line: a letter with its marks, a ligature, or white space.

    ``text`` is in reading order; ``numbers`` are those of its characters, none for white space.
    """

    text: str
    left: float
    right: float
    numbers: tuple[int, ...] = ()

    @property
    def direction(self) -> str:
        """The bidirectional class of its first character."""
        return unicodedata.bidirectional(self.text[0]) or "L"


def runs_from_right(line: Sequence[Glyph]) -> bool:
    """Whether the line's own direction is from right to left. ``line`` is from left to right.

    Decided by its outermost letters where they agree, else by the direction of most words.
    """
    strong = [glyph.direction for glyph in line if glyph.direction in _LETTERS]
    if not strong:
        return False
    outer = {strong[0] == "L", strong[-1] == "L"}
    if len(outer) == 1:
        return strong[0] != "L"
    words = [
        {glyph.direction for glyph in word} & _LETTERS
        for blank, word in groupby(line, key=lambda glyph: glyph.text == SPACE)
        if not blank
    ]
    return 2 * sum("L" not in word for word in words if word) >= sum(map(bool, words))


def reading_order(line: Sequence[Glyph], *, from_right: bool) -> list[Glyph]:
    """The glyphs of ``line``, given from left to right, in reading order, with brackets mirrored."""
    ordered = _from_the_right(line[::-1]) if from_right else _from_the_left(line)
    return _with_brackets_mended(ordered)


class _Run(NamedTuple):
    """What a glyph is part of: "L", "R", a number ("EN" or "AN") or "" for neither, and where that begins."""

    kind: str
    start: int = 0


def _from_the_right(line: Sequence[Glyph]) -> list[Glyph]:
    runs = _numbers_and_letters(line)
    for start, stop in _latin_runs(line, runs):
        runs[start:stop] = [_Run("L", start)] * (stop - start)
    ordered: list[Glyph] = []
    for (kind, _), items in groupby(range(len(line)), key=lambda number: runs[number]):
        glyphs = [line[number] for number in items]
        ordered += reversed(glyphs) if kind in ("L", *_DIGITS) else glyphs
    return ordered


def _from_the_left(line: Sequence[Glyph]) -> list[Glyph]:
    """Reverse runs of right-to-left words, with what is between two of them."""
    result: list[Glyph] = []
    run: list[Glyph] = []
    between: list[Glyph] = []
    for glyph in line:
        if glyph.direction in ("R", "AL"):
            run += [*between, glyph]
            between = []
        elif glyph.direction == "L" or not run:
            result += [*_from_the_right(run[::-1]), *between, glyph]
            run, between = [], []
        else:
            between.append(glyph)
    return [*result, *_from_the_right(run[::-1]), *between]


def _numbers_and_letters(line: Sequence[Glyph]) -> list[_Run]:
    """The run of each glyph of a line that is given from the right; left-to-right letters are single."""
    runs: list[_Run] = []
    arabic = False
    while len(runs) < len(line):
        here = len(runs)
        direction = line[here].direction
        arabic = direction == "AL" or (arabic and direction != "R")
        if direction in _LETTERS:
            runs.append(_Run("L" if direction == "L" else "R"))
        elif length := _number_length(line[here : here + _LONGEST_NUMBER], arabic=arabic):
            kind = "AN" if any(glyph.direction == "AN" for glyph in line[here : here + length]) else "EN"
            runs += [_Run(kind, here)] * length
        else:
            runs.append(_Run(""))
    return runs


def _number_length(line: Sequence[Glyph], *, arabic: bool) -> int:
    """How many of the first glyphs are a number with its signs, 0 for none.

    With ``arabic``, the letter before is Arabic: only separators are part of a number then.
    """
    found = (_ARABIC_NUMBER if arabic else _NUMBER).match(
        "".join(_CODES.get(one.direction, "x") for one in line)
    )
    return found.end() if found else 0


def _latin_runs(line: Sequence[Glyph], runs: Sequence[_Run]) -> list[tuple[int, int]]:
    """The positions of left-to-right words, with their numbers. ``line`` is given from the right."""
    found: list[tuple[int, int]] = []
    start, stop, latin = -1, -1, False
    for number, (kind, _) in enumerate([*runs, _Run("R")]):
        if kind in ("L", "EN"):
            start, stop = number if start < 0 else start, number + 1
            latin = latin or kind == "L"
        elif kind:
            if latin:
                found += _without_unit(line, runs, start, stop)
            start, latin = -1, False
    return [_with_signs(line, runs, *run) for run in found]


def _without_unit(
    line: Sequence[Glyph], runs: Sequence[_Run], start: int, stop: int
) -> list[tuple[int, int]]:
    """The run; where it is a number and its unit, which are independent, the unit alone."""
    unit, blank, number = "".join(glyph.text for glyph in reversed(line[start:stop])).partition(SPACE)
    alone = blank and unit in _UNITS and SPACE not in number and runs[start].kind == "EN"
    return [(stop - len(unit), stop)] if alone else [(start, stop)]


def _with_signs(line: Sequence[Glyph], runs: Sequence[_Run], start: int, stop: int) -> tuple[int, int]:
    """The run with the signs of its last number, and the second bracket of a pair that begins in it."""
    while start and line[start].direction in ("EN", "ET") and line[start - 1].direction == "ET":
        start -= 1
    inside = [glyph.text for glyph in line[start:stop]]
    for signs in _OPENING.items():
        if sum(text in signs for text in inside) % 2 == 0:
            continue
        if start and line[start - 1].text in signs and not runs[start - 1].kind:
            return start - 1, stop
        if stop < len(line) and line[stop].text in signs and not runs[stop].kind:
            return start, stop + 1
    return start, stop


def _with_brackets_mended(line: Sequence[Glyph]) -> list[Glyph]:
    """Files and pdfium may mirror brackets: its neighbours decide whether one opens or closes."""
    mended: list[Glyph] = []
    opened: list[str] = []
    for number, glyph in enumerate(line):
        sign = _CLOSING.get(glyph.text, glyph.text)
        if sign not in _OPENING:
            mended.append(glyph)
            continue
        before = line[number - 1].text if number else SPACE
        after = line[number + 1].text if number + 1 < len(line) else SPACE
        starts = before == SPACE or before in _OPENING or before in _CLOSING
        ends = after == SPACE or after in _ENDS or after in _OPENING or after in _CLOSING
        opens = starts if starts != ends else sign not in opened
        if opens:
            opened.append(sign)
        elif sign in opened:
            opened.remove(sign)
        mended.append(replace(glyph, text=sign if opens else _OPENING[sign]))
    return mended
