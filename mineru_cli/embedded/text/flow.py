"""Text of a block from its lines: paragraphs are unwrapped, addresses and code keep their lines. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.text.joining import join_items, join_lines, starts_item
from mineru_cli.pages.line_ends import LineExtent, are_contents_entries, are_intended, whole_words

EVEN = 0.18
"""Maximum deviation from equal distances, in distances, of monospaced text (proportional: 0.2-1)."""

LEAST_CHARACTERS = 8
"""Minimum number of characters that show a pitch."""

AGREE = 0.04
"""Maximum relative deviation of a line's pitch from the common one."""


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One line of a block: text, levelled box in pixels, centres of its characters as shares of its width."""

    text: str
    box: Box
    offsets: tuple[float, ...] = ()

    @property
    def extent(self) -> LineExtent:
        """Its left and right edges and the width of its first word (estimated), in pixels."""
        words = self.text.split()
        first = len(words[0]) * self.box.width / len(self.text) if words else 0.0
        return LineExtent(self.box.x0, self.box.x1, first, self.box.height)


def flow(rows: Sequence[FlowRow], width: float = 0.0) -> str:
    """The block's text. Lines are joined unless their breaks are intended; list items start new lines.

    ``width`` is the block's width in pixels, which may be more than that of its lines.
    """
    if len(rows) < 2:
        return join_items([row.text for row in rows])
    intended = are_contents_entries([row.text for row in rows]) or are_intended(
        [row.extent for row in rows], width
    )
    if intended or _is_indented(rows):
        pitch = common_pitch(
            [pitch_of(r.offsets, r.box.width) for r in rows if len(r.text) >= LEAST_CHARACTERS]
        )
        if pitch is not None:
            return as_code(rows, pitch)
    if intended and not any(starts_item(row.text) for row in rows):
        texts = [row.text.strip() for row in rows]
        parts = [texts[part] for part in whole_words(texts, [row.extent for row in rows])]
        return "\n".join(join_lines(part) if len(part) > 1 else part[0] for part in parts)
    return join_items([row.text for row in rows])


def _is_indented(rows: Sequence[FlowRow]) -> bool:
    """Lines have three or more different left edges."""
    height = median(row.box.height for row in rows)
    starts = sorted(row.box.x0 for row in rows)
    return 1 + sum(b - a > 0.8 * height for a, b in pairwise(starts)) >= 3


def as_code(rows: Sequence[FlowRow], pitch: float) -> str:
    """Lines with their indentation in characters, and blank lines where a line was left out."""
    left = min(row.box.x0 for row in rows)
    gaps = [b.box.cy - a.box.cy for a, b in pairwise(rows)]
    usual = min(gaps) if gaps else 0.0
    lines: list[str] = []
    for index, row in enumerate(rows):
        if index and usual > 0:
            lines += [""] * min(3, round(gaps[index - 1] / usual) - 1)
        lines.append(" " * round((row.box.x0 - left) / pitch) + row.text.rstrip())
    return "\n".join(lines)


def pitch_of(offsets: Sequence[float], width: float) -> float | None:
    """Distance between characters in pixels if it is constant, None if it is not or they are too few.

    ``offsets`` are the characters' centres as shares of ``width`` pixels. A least-squares line is fitted to
    them.
    """
    count = len(offsets)
    if count < LEAST_CHARACTERS:
        return None
    mean_index, mean_offset = (count - 1) / 2, sum(offsets) / count
    spread = sum((i - mean_index) ** 2 for i in range(count))
    step = sum((i - mean_index) * (o - mean_offset) for i, o in enumerate(offsets)) / spread
    if step <= 0:
        return None
    error = sum((o - mean_offset - step * (i - mean_index)) ** 2 for i, o in enumerate(offsets)) / count
    return step * width if error**0.5 < EVEN * step else None


def common_pitch(pitches: Sequence[float | None]) -> float | None:
    """The pitch that four of five lines share, else None."""
    known = [p for p in pitches if p is not None]
    if not known or len(known) < 0.8 * len(pitches):
        return None
    middle = median(known)
    agreeing = sum(abs(p - middle) < AGREE * middle for p in known)
    return middle if agreeing >= 0.8 * len(pitches) else None
