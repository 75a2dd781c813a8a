"""Text of a block from its lines: paragraphs are unwrapped, addresses and code keep their lines. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.text.joining import join_items, starts_item
from mineru_cli.embedded.text.pitch import LEAST_CHARACTERS, common_pitch, pitch_of
from mineru_cli.pages.line_ends import LineExtent, are_intended, lead_to_numbers


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
    intended = lead_to_numbers([row.text for row in rows]) or are_intended(
        [row.extent for row in rows], width
    )
    if intended or _is_indented(rows):
        pitch = common_pitch(
            [pitch_of(r.offsets, r.box.width) for r in rows if len(r.text) >= LEAST_CHARACTERS]
        )
        if pitch is not None:
            return as_code(rows, pitch)
    if intended and not any(starts_item(row.text) for row in rows):
        return "\n".join(row.text.strip() for row in rows)
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
