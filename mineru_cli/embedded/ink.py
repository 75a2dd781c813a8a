"""Ink on paper: pixels that are darker than their surroundings, and the ruling lines among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.ndimage as ndi  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image

from mineru_cli.embedded.geometry import Box

Mask = NDArray[np.bool_]

CONTRAST = 24
"""Minimum difference between ink and the paper around it, in grey levels."""

DARK = 110
"""Grey level below which a background is dark."""

BLOCK = 16
"""Side in pixels of the blocks of a dark background: half of each must be dark, and its neighbours too."""

_NEIGHBOURS = np.ones((3, 3), bool)

WINDOW = 41
MAX_THICKNESS = 9


@dataclass(frozen=True, slots=True)
class Rules:
    """Ruling lines as thin boxes."""

    horizontal: tuple[Box, ...]
    vertical: tuple[Box, ...]

    def inside(self, box: Box) -> Rules:
        """The rules whose centre lies in ``box``."""
        return Rules(
            tuple(r for r in self.horizontal if _holds(box, r)),
            tuple(r for r in self.vertical if _holds(box, r)),
        )


def _holds(box: Box, rule: Box) -> bool:
    return box.x0 <= rule.cx <= box.x1 and box.y0 <= rule.cy <= box.y1


def dark_on_light(image: Image.Image) -> Image.Image:
    """The image in grey with dark backgrounds inverted: text is darker than its background everywhere.

    An image without dark backgrounds, or too small for one, is only converted to grey.
    """
    grey = image.convert("L")
    levels = np.asarray(grey)
    high, wide = (side // BLOCK * BLOCK for side in levels.shape)
    if not high or not wide:
        return grey
    blocks = (levels[:high, :wide] < DARK).reshape(high // BLOCK, BLOCK, -1, BLOCK)
    dark = blocks.mean(axis=(1, 3)) > 0.5
    if not ndi.binary_opening(dark, _NEIGHBOURS).any():
        return grey
    dark = ndi.binary_opening(ndi.binary_closing(np.pad(dark, 2, "edge"), _NEIGHBOURS), _NEIGHBOURS)[
        2:-2, 2:-2
    ]
    ground = np.repeat(np.repeat(dark, BLOCK, 0), BLOCK, 1)
    ground = np.pad(ground, ((0, grey.height - high), (0, grey.width - wide)), "edge")
    return Image.fromarray(np.where(ground, 255 - levels, levels).astype(np.uint8))


def ink_mask(image: Image.Image) -> Mask:
    """True where a pixel is darker than the mean of its surroundings by ``CONTRAST`` grey levels.

    On a dark background: lighter. See ``dark_on_light``.
    """
    grey = np.asarray(dark_on_light(image), np.float32)
    around = ndi.uniform_filter(grey, WINDOW, mode="nearest")
    return np.asarray(grey < around - CONTRAST, np.bool_)


def rules(mask: Mask, *, horizontal: int, vertical: int) -> Rules:
    """Thin straight runs of ink with these minimum lengths in pixels, horizontal and vertical."""
    across = _runs(mask, horizontal, axis=1)
    down = _runs(mask, vertical, axis=0)
    return Rules(tuple(_boxes(across, tall=False)), tuple(_boxes(down, tall=True)))


def _runs(mask: Mask, length: int, *, axis: int) -> Mask:
    """Morphological opening by a line; one pixel of tolerance across it keeps slanted rules."""
    thick = ndi.maximum_filter1d(mask, 3, axis=1 - axis)
    core = ndi.minimum_filter1d(thick, length, axis=axis)
    return np.asarray(ndi.maximum_filter1d(core, length, axis=axis) & thick, np.bool_)


def _boxes(mask: Mask, *, tall: bool) -> list[Box]:
    labels, _ = ndi.label(mask, np.ones((3, 3), bool))
    found = []
    for window in ndi.find_objects(labels, 2_000):
        if window is None:
            continue
        box = Box(window[1].start, window[0].start, window[1].stop, window[0].stop)
        thickness, length = (box.width, box.height) if tall else (box.height, box.width)
        if thickness <= max(MAX_THICKNESS, length * 0.03):
            found.append(box)
    return found
