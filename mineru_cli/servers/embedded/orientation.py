"""Which way up a page lies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from PIL import Image

from mineru_cli.servers.embedded.geometry import Box, LineBox
from mineru_cli.servers.embedded.runtime import Session, Tensor
from mineru_cli.servers.embedded.strips import cut

Turn = Literal[0, 90, 180, 270]
"""Degrees counter-clockwise that bring the page upright: the angle the client hands to ``Image.rotate``."""

SAMPLE = 12
"""Lines that are asked for their direction."""

WIDTH, HEIGHT = 192, 48

_TRANSPOSE = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


class DirectionClassifier:
    """Tells upright lines from upside-down ones."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def upside_down(self, strips: Sequence[Image.Image]) -> float:
        """Mean vote that the strips stand on their heads, 0-1; 0 for no strips."""
        if not strips:
            return 0.0
        votes = [float(self._session.run(_tensor(strip))[0][0, 1]) for strip in strips]
        return sum(votes) / len(votes)


def _tensor(strip: Image.Image) -> Tensor:
    width = min(WIDTH, max(8, round(strip.width * HEIGHT / strip.height)))
    image = strip.convert("RGB").resize((width, HEIGHT), Image.Resampling.BILINEAR)
    tensor = np.zeros((1, 3, HEIGHT, WIDTH), np.float32)
    pixels = np.asarray(image)[:, :, ::-1].astype(np.float32) / 127.5 - 1.0
    tensor[0, :, :, :width] = pixels.transpose(2, 0, 1)
    return tensor


def find_turn(image: Image.Image, lines: Sequence[LineBox], classifier: DirectionClassifier) -> Turn:
    """The turn that makes most of the page's text read from left to right.

    Lines that are taller than wide say that the page lies on its side; the classifier then tells which side.
    """
    long = [line for line in lines if max(line.width, line.height) > 3 * min(line.width, line.height)]
    if not long:
        return 0
    lying = [line for line in long if not line.upright]
    sideways = sum(line.height for line in lying) > sum(line.width for line in long if line.upright)
    chosen = sorted(lying if sideways else [line for line in long if line.upright], key=_length)[-SAMPLE:]
    strips = [cut(image, line) for line in chosen]
    if sideways:
        strips = [strip.transpose(Image.Transpose.ROTATE_90) for strip in strips]
    flipped = classifier.upside_down(strips) > 0.5
    if sideways:
        return 270 if flipped else 90
    return 180 if flipped else 0


def _length(line: LineBox) -> float:
    return max(line.width, line.height)


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
