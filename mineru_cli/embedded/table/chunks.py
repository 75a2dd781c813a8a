"""Texts of cells, and which of them belong together: a currency sign and its number. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mineru_cli.embedded.geometry import Box

REACH = 9.0
"""Maximum distance between a currency sign and its number, in line heights."""

_BEFORE = re.compile(r"^(?:[$€£¥]|US\$|C\$|A\$|\()$")
_AFTER = re.compile(r"^[%)]+$")
_LEADER = re.compile(r"^(?:\.|\.{3,}|…+|(?:[.·]\s?){3,})$")
_FIGURE = re.compile(r"^[\s$€£¥(+\-–—−~<>≤≥±*]*\d[\d.,'’:/\s]*[\s%)*†‡$€°]*$|^[-–—−.]{1,3}$")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of words in one cell: its text and box."""

    text: str
    box: Box


def is_leader(text: str) -> bool:
    """Leader dots between a label and its number."""
    return bool(_LEADER.match(text))


def is_figure(text: str) -> bool:
    """A number with its signs, or a dash in its place."""
    return bool(_FIGURE.match(text.strip()))


def with_signs(chunks: Sequence[Chunk]) -> list[Chunk]:
    """The chunks; currency and percent signs in separate columns are joined to their numbers."""
    found = sorted(chunks, key=lambda c: c.box.x0)
    for sign in [c for c in found if _BEFORE.match(c.text) or _AFTER.match(c.text)]:
        before = bool(_BEFORE.match(sign.text))
        beside = [c for c in found if c is not sign and is_figure(c.text) and _in_row(sign, c, before=before)]
        if not beside:
            continue
        figure = min(beside, key=lambda c: abs(c.box.cx - sign.box.cx))
        text = f"{sign.text} {figure.text}" if before else f"{figure.text}{sign.text}"
        found = [c for c in found if c is not sign and c is not figure]
        found.append(Chunk(text, figure.box if before else figure.box.union(sign.box)))
    return sorted(found, key=lambda c: (c.box.y0, c.box.x0))


def _in_row(sign: Chunk, figure: Chunk, *, before: bool) -> bool:
    height = min(sign.box.height, figure.box.height)
    if sign.box.overlap_y(figure.box) < 0.4 * height:
        return False
    gap = figure.box.x0 - sign.box.x1 if before else sign.box.x0 - figure.box.x1
    return -0.5 * height < gap < (REACH if before else 1.5) * max(sign.box.height, figure.box.height)
