"""Ink on paper: what is darker than its surroundings, and the ruling lines among it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.ndimage as ndi  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image

from mineru_cli.embedded.geometry import Box

Mask = NDArray[np.bool_]

CONTRAST = 24
"""Grey levels by which ink differs from the paper around it."""

WINDOW = 41
MAX_THICKNESS = 9


@dataclass(frozen=True, slots=True)
class Rules:
    """Ruling lines as thin boxes."""

    horizontal: tuple[Box, ...]
    vertical: tuple[Box, ...]

    def inside(self, box: Box) -> Rules:
        """Those whose middle lies in ``box``."""
        return Rules(
            tuple(r for r in self.horizontal if _holds(box, r)),
            tuple(r for r in self.vertical if _holds(box, r)),
        )


def _holds(box: Box, rule: Box) -> bool:
    return box.x0 <= rule.cx <= box.x1 and box.y0 <= rule.cy <= box.y1


def ink_mask(image: Image.Image) -> Mask:
    """True where a pixel is darker than the mean of its surroundings by ``CONTRAST`` grey levels."""
    grey = np.asarray(image.convert("L"), np.float32)
    around = ndi.uniform_filter(grey, WINDOW, mode="nearest")
    return np.asarray(grey < around - CONTRAST, np.bool_)


def rules(mask: Mask, *, horizontal: int, vertical: int) -> Rules:
    """Thin straight runs of ink, at least this many pixels long across and down."""
    across = _runs(mask, horizontal, axis=1)
    down = _runs(mask, vertical, axis=0)
    return Rules(tuple(_boxes(across, tall=False)), tuple(_boxes(down, tall=True)))


def _runs(mask: Mask, length: int, *, axis: int) -> Mask:
    """Morphological opening by a line; one pixel across is forgiven, so that slanted rules survive."""
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
