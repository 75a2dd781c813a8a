"""Lines that pdfium took for vertical writing, so that each of their letters is a line of its own. Pure.

pdfium guesses the direction of a page's text from the area that it covers. On pages with few letters, such as
a table of contents with drawn leaders, the guess is wrong: it ends the line after each letter and drops the
spaces.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, sin

from mineru_cli.pages.bidi import Letter

LEAST_LETTERS = 8
"""Minimum number of letters of a page that may be torn."""

ENDS = 0.5
"""Ends of lines per letter above which a page may be torn."""

SPACE = 0.12
"""White space between two letters that parts words, in heights of the font's line."""

LEVEL = 0.1
"""Maximum distance between the baselines of letters of one line, in heights of the font's line."""

Point = tuple[float, float]


def may_be_torn(letters: int, ends: int) -> bool:
    """Whether so few letters stand on a line that the lines may be torn. Both are numbers of the page."""
    return letters >= LEAST_LETTERS and ends > ENDS * letters


def mended(letters: Sequence[Letter], origins: Sequence[Point]) -> list[tuple[int, list[Letter]]]:
    """The words of letters in the file's order, each with the number of its line, from 0.

    A letter continues the word before it if it stands right behind it on the same baseline. Letters below one
    another, as in true vertical writing, stay apart. ``origins`` are the letters' origins on the page.
    """
    words: list[tuple[int, list[Letter]]] = []
    line = 0
    for number, letter in enumerate(letters):
        before = letters[number - 1] if number else None
        gap = _gap(before, letter, origins[number - 1], origins[number]) if before else None
        if gap is not None and gap < SPACE * letter.height:
            words[-1][1].append(letter)
            continue
        if words and gap is None:
            line += 1
        words.append((line, [letter]))
    return words


def is_torn(words: Sequence[tuple[int, list[Letter]]]) -> bool:
    """Whether most of the mended words have several letters."""
    return sum(len(word) > 1 for _, word in words) > 0.5 * len(words)


def _gap(before: Letter, letter: Letter, origin: Point, own: Point) -> float | None:
    """White space between two letters along their line, in points; None for letters of different lines."""
    height = letter.height
    if height <= 0 or before.angle != letter.angle:
        return None
    across, up = cos(letter.angle), sin(letter.angle)
    off = (own[1] - origin[1]) * across - (own[0] - origin[0]) * up
    gap = letter.sides[0] - before.sides[1]
    return gap if abs(off) < LEVEL * height and -0.5 * height < gap < height else None
