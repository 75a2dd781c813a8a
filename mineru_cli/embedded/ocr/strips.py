"""Cutting a text line out of an image as the level strip that a recogniser reads."""

from __future__ import annotations

import math

from PIL import Image

from mineru_cli.embedded.geometry import LineBox

LEVEL = 0.15
"""Degrees below which a line is cut without turning."""


def cut(image: Image.Image, line: LineBox) -> Image.Image:
    """The line's pixels, level, text running left to right where ``line.upright``; else as they stand."""
    if abs(line.angle) < LEVEL:
        box = line.box.clipped(image.width, image.height)
        left, top = math.floor(box.x0), math.floor(box.y0)
        right, bottom = max(left + 1, math.ceil(box.x1)), max(top + 1, math.ceil(box.y1))
        return image.crop((left, top, right, bottom))
    width, height = max(1, round(line.width)), max(1, round(line.height))
    turn = math.radians(line.angle)
    c, s = math.cos(turn), math.sin(turn)
    x = line.cx - c * width / 2 + s * height / 2
    y = line.cy - s * width / 2 - c * height / 2
    return image.transform(
        (width, height),
        Image.Transform.AFFINE,
        (c, -s, x, s, c, y),
        Image.Resampling.BICUBIC,
        fillcolor="white",
    )
