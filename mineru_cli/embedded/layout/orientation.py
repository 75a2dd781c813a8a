"""The orientation of a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PIL import Image

from mineru_cli.embedded.geometry import Box, LineBox
from mineru_cli.embedded.ocr.recogniser import cut

Turn = Literal[0, 90, 180, 270]
"""Counter-clockwise degrees that make the page upright: the angle that clients pass to ``Image.rotate``."""

SAMPLE = 4
"""Number of lines that are recognised to detect a page that is upside down."""

SURE = 0.88
"""Mean confidence, 0-1, above which the other direction is not tried."""

FIRST = 2
"""Number of lines that are recognised first: the others only if these leave a doubt."""

CLEAR = 0.95
"""Mean confidence of these, 0-1, from which their direction is right. Text on its head reached 0.78."""

READABLE = 0.7
"""Mean confidence, 0-1, below which a result is a guess: an unknown script, recognised as known letters."""

MARGIN = 0.05
LONGEST = 12
"""Maximum width of a strip in line heights: sufficient for the decision, and fast."""

Judge = Callable[[Sequence[Image.Image]], float]
"""A function that returns the mean confidence of each strip, 0-1; 0 for a strip without text."""

_TRANSPOSE = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


def find_turn(image: Image.Image, lines: Sequence[LineBox], judge: Judge) -> Turn:
    """The rotation that makes most of the page's text run from left to right.

    Lines that are taller than wide show that the page is rotated by 90 or 270 degrees. A few lines are
    recognised in both directions to detect a page that is upside down; without a clear result the first
    direction is used.
    """
    long = [n for n in lines if max(n.width, n.height) > 3 * min(n.width, n.height)]
    lying = [n for n in long if not n.upright]
    standing = [n for n in long if n.upright]
    sideways = sum(n.height for n in lying) > sum(n.width for n in standing)
    strips = [_shortened(cut(image, n)) for n in _sample(lying if sideways else standing)]
    if not strips:
        return 0
    first: Turn = 90 if sideways else 0
    second: Turn = 270 if sideways else 180
    head, tail = strips[:FIRST], strips[FIRST:]

    def confidence(part: Sequence[Image.Image], turn: Turn) -> float:
        return judge([turned(strip, turn) for strip in part]) * len(part) if part else 0.0

    one = confidence(head, first)
    if one >= CLEAR * len(head):
        return first
    other = confidence(head, second)
    if one < SURE * len(head) and other >= CLEAR * len(head):
        return second
    one = (one + confidence(tail, first)) / len(strips)
    if one >= SURE:
        return first
    other = (other + confidence(tail, second)) / len(strips)
    return second if other > max(READABLE, one + MARGIN) else first


def _sample(lines: Sequence[LineBox]) -> list[LineBox]:
    """Long lines, distributed over the page."""
    longest = sorted(lines, key=lambda n: -max(n.width, n.height))[: 3 * SAMPLE]
    spread = sorted(longest, key=lambda n: (n.cy, n.cx))
    return spread[:: max(1, len(spread) // SAMPLE)][:SAMPLE]


def _shortened(strip: Image.Image) -> Image.Image:
    width, height = strip.size
    longest = LONGEST * min(width, height)
    return strip.crop((0, 0, min(width, longest), min(height, longest)))


def turned(image: Image.Image, turn: Turn) -> Image.Image:
    """The image, rotated counter-clockwise without loss."""
    return image.transpose(_TRANSPOSE[turn]) if turn else image


def back(box: Box, turn: Turn, width: float, height: float) -> Box:
    """A box of the rotated image, mapped to the original one of ``width`` x ``height`` pixels."""
    if turn == 90:
        return Box(width - box.y1, box.x0, width - box.y0, box.x1)
    if turn == 180:
        return Box(width - box.x1, height - box.y1, width - box.x0, height - box.y0)
    if turn == 270:
        return Box(box.y0, height - box.x1, box.y1, height - box.x0)
    return box
