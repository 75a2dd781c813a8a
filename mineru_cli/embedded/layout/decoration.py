"""Drawn things that belong to texts: leaders to a number, and coloured bands behind them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import scipy.ndimage as ndi  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image

from mineru_cli.embedded.geometry import Box, rows_of
from mineru_cli.embedded.ink import CONTRAST, Mask

LONG = 2.0
"""Minimum length of leaders, in line heights."""

LOW = 0.35
"""Maximum share of a line's height that leaders fill, 0-1."""

LED, BETWEEN_DOTS = 0.85, 9
"""Minimum share of the gap that leaders fill, 0-1; dots within this number of pixels count as joined."""

NUMBER = 6.0
"""Maximum width of what leaders lead to, in line heights."""

STEP = 4
"""Every fourth pixel is looked at: bands are large."""

WIDE = 0.2
"""Minimum share of the page's width. Narrower ones are boxes of diagrams."""

ONE_COLOUR = 0.6
"""Minimum share of a band that has its colour, 0-1: the rest is text."""

COARSE = 8
"""Grey levels that count as one colour."""


def find_leaders(texts: Sequence[Box], mask: Mask) -> list[Box]:
    """The gaps between neighbouring texts of a row that leaders fill, as high as the text on the left."""
    return [
        Box(a.x1, a.y0, b.x0, a.y1)
        for row in rows_of(texts)
        for a, b in pairwise(row)
        if b.x0 - a.x1 > LONG * a.height and b.width < NUMBER * b.height and _is_led(a, b, mask)
    ]


def _is_led(a: Box, b: Box, mask: Mask) -> bool:
    part: NDArray[np.bool_] = mask[max(0, int(a.y0)) : round(a.y1), round(a.x1) : int(b.x0)]
    if not part.size or not 0 < part.any(axis=1).mean() <= LOW:
        return False
    filled = ndi.binary_closing(np.pad(part.any(axis=0), BETWEEN_DOTS), np.ones(BETWEEN_DOTS))
    return bool(filled[BETWEEN_DOTS:-BETWEEN_DOTS].mean() > LED)


def find_bands(image: Image.Image, texts: Sequence[Box]) -> list[Box]:
    """Areas with text whose colour differs from that of the paper, in the image's pixels."""
    grey = np.asarray(image.convert("L"))[::STEP, ::STEP]
    paper = int(np.median(grey))
    labels, _ = ndi.label(np.abs(grey.astype(np.int16) - paper) > CONTRAST)
    found = []
    for window in ndi.find_objects(labels):
        rows, columns = window
        if columns.stop - columns.start < WIDE * grey.shape[1] or rows.stop - rows.start < 3:
            continue
        box = Box(*(STEP * edge for edge in (columns.start, rows.start, columns.stop, rows.stop)))
        levels = np.bincount(grey[window].ravel() // COARSE)
        one_colour = (
            levels.max() > ONE_COLOUR * levels.sum() and abs(COARSE * int(levels.argmax()) - paper) > CONTRAST
        )
        if one_colour and any(text.share_in(box) > 0.5 for text in texts):
            found.append(box.grown(STEP, STEP))
    return found
