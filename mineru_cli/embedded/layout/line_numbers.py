"""Numbers of lines at the margin of a text, a pleading or a program: no part of its sentences. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median

from mineru_cli.embedded.geometry import LineBox

LEAST = 5
"""As many numbers make a column of line numbers."""

NARROW = 3.0
"""Line heights that a number of a line is wide, at most."""

ALIGNED = 0.5
"""Line heights by which the edges of numbers below one another differ."""

EVEN = 0.2
"""Share of the usual distance by which that between two numbers may differ."""

WITHIN = 0.25
"""Share of the lines that begin in the middle of a sentence: entries of a list or of contents do not."""

Read = Callable[[LineBox], str]


def line_numbers(fragments: Sequence[LineBox], read: Read) -> list[LineBox]:
    """The fragments that count the lines to their right; [] where there are none.

    They stand below one another at even distances, rise by one or by five, and many of the lines behind them
    begin with a small letter or a sign.
    """
    for column in _columns([f for f in fragments if f.width < NARROW * f.tight]):
        if not _is_even(column):
            continue
        counts = [int(text) if (text := read(f).strip()).isdecimal() else -1 for f in column]
        steps = {b - a for a, b in pairwise(counts)}
        if min(counts) < 0 or steps not in ({1}, {5}):
            continue
        starts = [text[:1] for f in column if (text := _text_behind(f, fragments, read))]
        within = sum(not (c.isupper() or c.isdigit() or c == "•") for c in starts)
        if len(starts) > 2 and within >= WITHIN * len(starts):
            return column
    return []


def _columns(narrow: Sequence[LineBox]) -> list[list[LineBox]]:
    """Those whose left or right edges stand below one another, top to bottom."""
    found: list[list[LineBox]] = []
    for side in (0.5, -0.5):
        columns: list[list[LineBox]] = []
        for one in sorted(narrow, key=lambda f: f.cy):
            edge = one.cx + side * one.width
            fitting = [c for c in columns if abs(c[-1].cx + side * c[-1].width - edge) < ALIGNED * one.tight]
            if fitting:
                fitting[0].append(one)
            else:
                columns.append([one])
        found += [c for c in columns if len(c) >= LEAST]
    return found


def _is_even(column: Sequence[LineBox]) -> bool:
    """Most follow at the usual distance; a number that was not detected leaves a wider one."""
    steps = [b.cy - a.cy for a, b in pairwise(column)]
    usual = median(steps)
    return sum(abs(step - usual) > EVEN * usual for step in steps) <= 0.1 * len(steps)


def _text_behind(number: LineBox, fragments: Sequence[LineBox], read: Read) -> str:
    """What the line to the right of a number reads as; "" where there is none."""
    row = [f for f in fragments if f.cx > number.cx and abs(f.cy - number.cy) < 0.5 * number.tight]
    return read(min(row, key=lambda f: f.cx)).strip() if row else ""
