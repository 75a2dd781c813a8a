"""The words of a text layer as part of a prompt, for servers that use them along with the picture.

After ``MARK`` the prompt has one JSON array per word: its text, then left, top, right, bottom, baseline and
font height, in ``UNITS`` per width or height of the picture. An eighth value, 1, marks words in fonts of
formulas.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from mineru_cli.domain.block import BBox
from mineru_cli.pages.page import Word

MARK = "\nText Layer:"
"""Separator between the prompt and the words. A server that uses words lists it among its prompts."""

UNITS = 10_000

MOST_WORDS = 20_000
"""A page with more words is requested without them."""

WHOLE: BBox = (0.0, 0.0, 1.0, 1.0)
_NUMBERS = 6


def with_words(prompt: str, words: Iterable[Word], region: BBox = WHOLE, *, complete: bool = False) -> str:
    """The prompt with the words of a region of the page, positioned relative to that region.

    Unreliable words are left out: codes without characters, words that are partly hidden, or not drawn.
    Returns the prompt unchanged where no words remain, or, with ``complete``, where some had to be left out.
    """
    x0, y0, x1, y1 = region
    held = [word for word in words if word.lies_in(region)]
    inside = [word for word in held if word.quarter == 0 and _is_sure(word)]
    if len(inside) > MOST_WORDS or x1 <= x0 or y1 <= y0 or (complete and len(inside) < len(held)):
        return prompt
    rows = [_row(word.within(region)) for word in inside]
    return prompt + MARK + json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else prompt


def _row(word: Word) -> list[str | int]:
    places = (round(UNITS * value) for value in (*word.bbox, word.baseline, word.height))
    return [word.text, *places, *([1] if word.mathematical else ())]


def _is_sure(word: Word) -> bool:
    return word.drawn and not (word.unmapped or word.obscured or word.missing_font)


def words_of(text: str) -> list[Word]:
    """The words after ``MARK``. Raises ``ValueError`` for anything else."""
    try:
        rows = json.loads(text)
    except RecursionError:
        rows = None  # brackets in brackets in brackets
    if not isinstance(rows, list) or len(rows) > MOST_WORDS or not all(map(_is_row, rows)):
        raise ValueError("the text layer is not a list of words with their places")
    return [
        Word(
            row[0],
            (row[1] / UNITS, row[2] / UNITS, row[3] / UNITS, row[4] / UNITS),
            baseline=row[5] / UNITS,
            height=row[6] / UNITS,
            mathematical=len(row) > 1 + _NUMBERS,
        )
        for row in rows
    ]


def _is_row(row: object) -> bool:
    return (
        isinstance(row, list)
        and (len(row) == 1 + _NUMBERS or (len(row) == 2 + _NUMBERS and row[-1] == 1))
        and isinstance(row[0], str)
        and all(isinstance(value, int) and abs(value) <= 10 * UNITS for value in row[1:])
        and row[1] <= row[3]
        and row[2] <= row[4]
    )


def split_prompt(prompt: str) -> tuple[str, Sequence[Word]]:
    """Split a prompt from its words. Raises ``ValueError`` for malformed words."""
    asked, mark, rows = prompt.partition(MARK)
    return asked, (words_of(rows) if mark else ())
