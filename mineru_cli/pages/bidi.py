"""Corrects the reading order of right-to-left text, where pdfium's is wrong. Pure.

pdfium reverses right-to-left lines, for files that paint them from left to right. Of files that paint letters
one by one it returns some text backwards, and where directions mix, signs, brackets and spaces are misplaced.
The positions of the glyphs decide instead: the characters of one glyph are grouped here, and ``visual_order``
finds the order of a line's glyphs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from mineru_cli.pages.visual_order import SPACE, Glyph, reading_order, runs_from_right

_FIRST_CODE = 0x590
"""The first code point of right-to-left scripts."""

_LAM, _ALEFS = 0x644, frozenset({0x622, 0x623, 0x625, 0x627})
"""They form a ligature in this order only."""

_GAP, _SMALL_GAP = 0.2, 0.1
"""Gap between glyphs of different words, in line heights; the second for letters that pdfium separates
too."""
_COLUMN = 2.0
"""Gap between two columns, in line heights."""
_SAME_PLACE, _MOST_STACKED = 0.6, 0.2
"""Lines in which a larger share of the glyphs overlap are left as pdfium has them."""
_SAME_ANGLE = 0.01


@dataclass(frozen=True, slots=True)
class Letter:
    """A character at the origin of its glyph: ``along`` grows from left to right. ``thing`` is its object.

    Characters of one glyph, a ligature, share one position. ``number`` is the character's in the page's
    text, ``sides`` are where its place begins and ends, ``height`` is its line's, ``angle`` its writing's in
    radians.
    """

    code: int
    along: float
    thing: int
    number: int = 0
    sides: tuple[float, float] = (0.0, 0.0)
    height: float = 0.0
    angle: float = 0.0

    @property
    def char(self) -> str:
        """The character; U+FFFD for a code that is not one."""
        return chr(self.code) if self.code < 0x110000 else "\ufffd"


def may_run_backwards(codes: Sequence[int]) -> bool:
    """Whether a word has letters of a right-to-left script."""
    return max(codes) >= _FIRST_CODE and any(_direction(code) == "R" for code in codes)


def in_order(letters: Sequence[Letter]) -> list[Letter]:
    """A word in reading order. Left-to-right runs inside it are unchanged."""
    ordered: list[Letter] = []
    for left_to_right, run in groupby(letters, key=lambda letter: _direction(letter.code) == "L"):
        part = list(run)
        ordered += part if left_to_right else _from_the_right(part)
    return ordered


def words_in_order(line: Sequence[Letter]) -> list[list[Letter]]:
    """The words of a line in reading order. Empty where glyphs overlap or have different angles."""
    if any(abs(one.angle - line[0].angle) > _SAME_ANGLE for one in line):
        return []
    letters = {letter.number: letter for letter in line}
    glyphs = sorted(_glyphs(line), key=lambda glyph: glyph.left + glyph.right)
    if sum(map(_stacked, glyphs, glyphs[1:])) > _MOST_STACKED * len(glyphs):
        return []
    height = max((letter.height for letter in line), default=0.0)
    from_right = runs_from_right(glyphs)
    words: list[list[Letter]] = []
    columns = _columns(glyphs, height)
    for column in reversed(columns) if from_right else columns:
        read = reading_order(column, from_right=from_right)
        for blank, word in groupby(read, key=lambda glyph: glyph.text == SPACE):
            if not blank:
                words.append([one for glyph in word for one in _letters_of(glyph, letters)])
    return words


def _letters_of(glyph: Glyph, letters: dict[int, Letter]) -> list[Letter]:
    """A glyph's letters, with the characters that it was found to represent."""
    return [
        replace(letters[number], code=ord(char))
        for number, char in zip(glyph.numbers, glyph.text, strict=True)
    ]


def _glyphs(line: Sequence[Letter]) -> list[Glyph]:
    """The glyphs of a line in any order, including white space as in the file."""
    found: list[Glyph] = []
    for blank, run in groupby(line, key=lambda letter: letter.char.isspace()):
        if blank:
            found += [Glyph(SPACE, *letter.sides) for letter in run]
            continue
        last: Letter | None = None
        for letter in in_order(list(run)):
            if last is not None and (_is_mark(letter) or _is_part(last, letter)):
                left, right = found[-1].left, found[-1].right
                sides = (left, right) if _is_mark(letter) else letter.sides
                found[-1] = Glyph(
                    found[-1].text + letter.char,
                    min(left, sides[0]),
                    max(right, sides[1]),
                    (*found[-1].numbers, letter.number),
                )
            else:
                found.append(Glyph(letter.char, *letter.sides, (letter.number,)))
            last = letter
    return found


def _is_mark(letter: Letter) -> bool:
    return unicodedata.combining(letter.char) > 0


def _is_part(one: Letter, other: Letter) -> bool:
    return round(one.along, 1) == round(other.along, 1) and _direction(other.code) == "R"


def _stacked(one: Glyph, other: Glyph) -> bool:
    narrower = min(one.right - one.left, other.right - other.left)
    return SPACE not in (one.text, other.text) and one.right - other.left > _SAME_PLACE * narrower


def _columns(glyphs: Sequence[Glyph], height: float) -> list[list[Glyph]]:
    """The line split at columns, with one white space for each gap."""
    columns: list[list[Glyph]] = [[]]
    reached, blank = 0.0, False
    for glyph in glyphs:
        if glyph.text == SPACE:
            blank = True
            continue
        if columns[-1]:
            gap = glyph.left - reached
            if gap > _COLUMN * height:
                columns.append([])
            elif blank or gap > (_SMALL_GAP if _apart(columns[-1][-1], glyph) else _GAP) * height:
                columns[-1].append(Glyph(SPACE, reached, glyph.left))
        columns[-1].append(glyph)
        reached = max(reached, glyph.right) if len(columns[-1]) > 1 else glyph.right
        blank = False
    return columns


def _apart(one: Glyph, other: Glyph) -> bool:
    """Whether the page's text has white space that is not drawn between two letters."""
    if not (one.text[0].isalnum() and other.text[0].isalnum()):
        return False
    return min(abs(a - b) for a in one.numbers for b in other.numbers) == 2


def _from_the_right(letters: Sequence[Letter]) -> list[Letter]:
    glyphs = [list(glyph) for _, glyph in groupby(letters, key=lambda letter: round(letter.along, 1))]
    rising = any(two[0].along > one[0].along for one, two in pairwise(glyphs))
    marked = any(map(_is_mark, letters))
    if rising and not marked:
        glyphs.sort(key=lambda glyph: -glyph[0].along)
    elif rising and (bases := [one for one in letters if _direction(one.code) == "R"]):
        rising = bases[0].along < bases[-1].along
        glyphs = glyphs[::-1] if rising else glyphs
    # pdfium turned the parts of a glyph round together with the line, or what painted each glyph alone had
    # written them from left to right.
    turned = rising != (len({letter.thing for letter in letters}) == 1)
    return [letter for glyph in glyphs for letter in _parts(glyph, turned=turned)]


def _parts(glyph: list[Letter], *, turned: bool) -> list[Letter]:
    if len(glyph) == 2 and {letter.code for letter in glyph} & _ALEFS:
        return sorted(glyph, key=lambda letter: letter.code != _LAM)
    return glyph[::-1] if turned else glyph


def _direction(code: int) -> str:
    if code < _FIRST_CODE:
        return "L" if chr(code).isalnum() else ""
    kind = unicodedata.bidirectional(chr(code)) if code < 0x110000 else ""
    return "R" if kind in ("R", "AL") else "L" if kind in ("L", "EN", "AN") else ""
