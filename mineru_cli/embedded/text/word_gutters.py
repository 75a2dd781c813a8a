"""Gutters between columns of text, found by words, even where the spaces of loose lines are wider. Pure.

White space between words stands below that of the line above only by chance, and rarely in many lines.
Between columns it does so in all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.text.layer_words import PageWord

LEAST_ROWS = 6
"""Minimum number of rows with text on both sides of a gutter."""

WHITE = 0.6
"""Minimum width of a gutter, in ems."""

FLUSH, FLUSH_SHARE = 0.35, 0.7
"""Maximum distance of the lines behind a gutter from its right edge, in ems, and the share that keeps it."""

SIDE = 8.0
"""Minimum width of the text on both sides, in ems: counters and labels are narrower."""


@dataclass(slots=True)
class _Strip:
    """White space that the rows so far share: ``x0`` to ``x1``; rows with text on both sides are ``rows``."""

    x0: float
    x1: float
    rows: list[Sequence[PageWord]]


def word_gutters(rows: Sequence[Sequence[PageWord]]) -> list[Box]:
    """Gutters among rows of words, each with the range of rows that it parts."""
    ems = [word.em for row in rows for word in row]
    if len(rows) < LEAST_ROWS:
        return []
    white = WHITE * median(ems)
    found: list[_Strip] = []
    strips: list[_Strip] = []
    for row in sorted(rows, key=lambda row: row[0].baseline):
        gaps = [(a.box.x1, b.box.x0) for a, b in pairwise(row) if b.box.x0 - a.box.x1 > white]
        kept: list[_Strip] = []
        for strip in strips:
            shared = [(max(a, strip.x0), min(b, strip.x1)) for a, b in gaps]
            shared = [(a, b) for a, b in shared if b - a > white]
            if shared:
                strip.x0, strip.x1 = max(shared, key=lambda gap: gap[1] - gap[0])
                strip.rows.append(row)
                kept.append(strip)
            elif any(word.box.x0 < strip.x1 and word.box.x1 > strip.x0 for word in row):
                found.append(strip)
            else:
                kept.append(strip)
        new = [gap for gap in gaps if not any(s.x0 < gap[1] and s.x1 > gap[0] for s in kept)]
        strips = kept + [_Strip(a, b, [row]) for a, b in new]
    return [_box(strip) for strip in found + strips if _parts_text(strip)]


def _parts_text(strip: _Strip) -> bool:
    if len(strip.rows) < LEAST_ROWS:
        return False
    em = median(row[0].em for row in strip.rows)
    starts = [min(w.box.x0 for w in row if w.box.x0 > strip.x1 - 1) for row in strip.rows]
    flush = sum(start - min(starts) < FLUSH * em for start in starts)
    left = median(strip.x0 - row[0].box.x0 for row in strip.rows)
    right = median(row[-1].box.x1 - strip.x1 for row in strip.rows)
    return min(left, right) > SIDE * em and flush > FLUSH_SHARE * len(starts)


def _box(strip: _Strip) -> Box:
    first, last = strip.rows[0], strip.rows[-1]
    return Box(strip.x0, first[0].baseline - first[0].em, strip.x1, last[0].baseline + 0.5 * last[0].em)
