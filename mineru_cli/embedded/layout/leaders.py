"""Leaders: dots or a thin line that lead from a text to a number at the end of its row. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import scipy.ndimage as ndi  # type: ignore[import-untyped]
from numpy.typing import NDArray

from mineru_cli.embedded.geometry import Box, rows_of
from mineru_cli.embedded.ink import Mask

LONG = 2.0
"""Minimum length of leaders, in line heights."""

LOW = 0.35
"""Maximum share of a line's height that leaders fill, 0-1."""

FILLED, BETWEEN_DOTS = 0.85, 9
"""Minimum share of the gap that leaders fill, 0-1; dots within this number of pixels count as joined."""

NUMBER = 6.0
"""Maximum width of what leaders lead to, in line heights."""


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
    return bool(filled[BETWEEN_DOTS:-BETWEEN_DOTS].mean() > FILLED)
