"""Which way up a page lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PIL import Image

from mineru_cli.embedded.geometry import Box, LineBox
from mineru_cli.embedded.ocr.recogniser import cut

Turn = Literal[0, 90, 180, 270]
"""Degrees counter-clockwise that bring the page upright: the angle the client hands to ``Image.rotate``."""

SAMPLE = 4
"""Lines that are read to tell up from down."""

SURE = 0.88
"""Mean confidence of a reading above which the other direction is not tried."""

READABLE = 0.7
"""Mean confidence below which a reading is a guess: letters of an unknown script, seen as known ones."""

MARGIN = 0.05
LONGEST = 12
"""Strips are cut to this many line heights: enough to tell, and quick."""

Judge = Callable[[Sequence[Image.Image]], float]
"""Mean confidence with which strips are read, 0-1; 0 for one that holds no text."""

_TRANSPOSE = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


def find_turn(image: Image.Image, lines: Sequence[LineBox], judge: Judge) -> Turn:
    """The turn that makes most of the page's text read from left to right.

    Lines taller than wide say that the page lies on its side. Whether it stands on its head is shown by
    reading a few lines both ways; text that cannot be read on its head is left as it is.
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
    upright = judge([turned(strip, first) for strip in strips])
    if upright >= SURE:
        return first
    return (
        second
        if judge([turned(strip, second) for strip in strips]) > max(READABLE, upright + MARGIN)
        else first
    )


def _sample(lines: Sequence[LineBox]) -> list[LineBox]:
    """Long lines, spread over the page."""
    longest = sorted(lines, key=lambda n: -max(n.width, n.height))[: 3 * SAMPLE]
    spread = sorted(longest, key=lambda n: (n.cy, n.cx))
    return spread[:: max(1, len(spread) // SAMPLE)][:SAMPLE]


def _shortened(strip: Image.Image) -> Image.Image:
    width, height = strip.size
    longest = LONGEST * min(width, height)
    return strip.crop((0, 0, min(width, longest), min(height, longest)))


def turned(image: Image.Image, turn: Turn) -> Image.Image:
    """The image turned counter-clockwise, without loss."""
    return image.transpose(_TRANSPOSE[turn]) if turn else image


def back(box: Box, turn: Turn, width: float, height: float) -> Box:
    """A box of the turned image on the original one, whose size is ``width`` x ``height``."""
    if turn == 90:
        return Box(width - box.y1, box.x0, width - box.y0, box.x1)
    if turn == 180:
        return Box(width - box.x1, height - box.y1, width - box.x0, height - box.y0)
    if turn == 270:
        return Box(box.y0, height - box.x1, box.y1, height - box.x0)
    return box
