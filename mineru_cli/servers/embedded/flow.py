"""From the lines of a block to its text: paragraphs flow, addresses and code keep their lines. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from mineru_cli.servers.embedded.geometry import Box
from mineru_cli.servers.embedded.pitch import LEAST_CHARACTERS, common_pitch, pitch_of
from mineru_cli.servers.embedded.text import join_items, starts_item

EARLY_SHARE = 0.6
"""When more of a block's lines end before they had to, its line ends are meant."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a block: text, levelled box in pixels, middles of its characters as shares of its width."""

    text: str
    box: Box
    offsets: tuple[float, ...] = ()

    @property
    def first_word(self) -> float:
        """Estimated width of the first word, pixels."""
        words = self.text.split()
        return len(words[0]) * self.box.width / len(self.text) if words else 0.0


def flow(rows: Sequence[Row], width: float = 0.0) -> str:
    """The block's text. Lines are joined unless their ends are meant; list items start new lines.

    ``width`` is that of the block in pixels, which may be more than its lines fill.
    """
    if len(rows) < 2:
        return join_items([row.text for row in rows])
    meant = _ends_are_meant(rows, width)
    if meant or _is_indented(rows):
        pitch = common_pitch(
            [pitch_of(r.offsets, r.box.width) for r in rows if len(r.text) >= LEAST_CHARACTERS]
        )
        if pitch is not None:
            return as_code(rows, pitch)
    if meant and not any(starts_item(row.text) for row in rows):
        return "\n".join(row.text.strip() for row in rows)
    return join_items([row.text for row in rows])


def _ends_are_meant(rows: Sequence[Row], width: float) -> bool:
    """Most lines end where the next word would still have found room, and they are not centred."""
    right = max(width, *(row.box.x1 for row in rows))
    left = min(row.box.x0 for row in rows)
    height = median(row.box.height for row in rows)
    slack = max(0.8 * height, 0.06 * (right - left))
    early = [right - a.box.x1 > b.first_word + slack for a, b in pairwise(rows)]
    centred = any(
        abs(a.box.cx - b.box.cx) < 0.5 * height and abs(a.box.x0 - b.box.x0) > height
        for a, b in pairwise(rows)
    )
    return sum(early) > EARLY_SHARE * len(early) and not centred


def _is_indented(rows: Sequence[Row]) -> bool:
    """Lines begin at three places or more."""
    height = median(row.box.height for row in rows)
    starts = sorted(row.box.x0 for row in rows)
    return 1 + sum(b - a > 0.8 * height for a, b in pairwise(starts)) >= 3


def as_code(rows: Sequence[Row], pitch: float) -> str:
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
