"""Bands: areas of one colour behind headings and boxes of text, on slides, posters and forms. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.ndimage as ndi  # type: ignore[import-untyped]
from PIL import Image

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.ink import CONTRAST

STEP = 4
"""Every fourth pixel is looked at: bands are large."""

WIDE = 0.2
"""Minimum share of the page's width. Narrower ones are boxes of diagrams."""

FILLED = 0.6
"""Minimum share of a band that has its colour, 0-1: the rest is text."""

COARSE = 8
"""Grey levels that count as one colour."""


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
            levels.max() > FILLED * levels.sum() and abs(COARSE * int(levels.argmax()) - paper) > CONTRAST
        )
        if one_colour and any(text.share_in(box) > 0.5 for text in texts):
            found.append(box.grown(STEP, STEP))
    return found
