"""Detection of text lines in an image: PP-OCR's network, and boxes from its probability map."""

from __future__ import annotations

import math

import numpy as np
import scipy.ndimage as ndi  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image

from mineru_cli.embedded.geometry import LineBox
from mineru_cli.embedded.ocr.runtime import OnnxModel, Tensor

MAP_THRESHOLD = 0.3
SCORE_THRESHOLD = 0.5
UNCLIP = 1.6
"""The network's regions are thinner than lines: they grow by area * UNCLIP / perimeter (PP-OCR's value)."""

STEP = 64
"""Input sides are padded to multiples of this (fewer sizes mean fewer compilations)."""

LONG, FINE_STEP = 1_000, 32
"""Longer sides, in pixels, are padded to multiples of ``FINE_STEP`` only, which the network needs: pages have
one size, and padding costs as much time as text."""

TIGHT = 1.7
"""Height of the letters with ascenders and descenders per height of the network's region (measured)."""

MAX_LINES = 1_000


class LineDetector:
    """Text detection. Thread-safe if its session is."""

    def __init__(self, session: OnnxModel) -> None:
        self._session = session

    def detect(self, image: Image.Image, *, scale: float = 1.0) -> list[LineBox]:
        """Text lines of an RGB image, in its own pixels, in no particular order.

        ``scale`` is applied before detection, which works best on lines of 10 to 40 pixels.
        """
        width = max(1, round(image.width * scale))
        height = max(1, round(image.height * scale))
        if (width, height) != image.size:
            image = image.resize((width, height), Image.Resampling.BILINEAR)
        heat = self._session.run(_tensor(image))[0][0, 0, :height, :width]
        return [line.scaled(1 / scale, 1 / scale) for line in lines_of(heat)]


def _tensor(image: Image.Image) -> Tensor:
    """The input tensor: NCHW, BGR, -1 to 1, padded with white."""
    width, height = image.size
    padded = np.full((_up(height), _up(width), 3), 255, np.uint8)
    padded[:height, :width] = np.asarray(image)
    scaled = padded[:, :, ::-1].astype(np.float32) / 127.5 - 1.0
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


def _up(side: int) -> int:
    step = FINE_STEP if side > LONG else STEP
    return max(STEP, math.ceil(side / step) * step)


def lines_of(heat: NDArray[np.float32]) -> list[LineBox]:
    """Lines in a probability map of shape (height, width), in its pixels."""
    mask = ndi.binary_dilation(heat > MAP_THRESHOLD, np.ones((2, 2), bool))
    labels, count = ndi.label(mask, np.ones((3, 3), bool))
    if count == 0:
        return []
    found = []
    for index, window in enumerate(ndi.find_objects(labels, MAX_LINES), start=1):
        if window is None:
            continue
        inside = labels[window] == index
        line = _line(inside, heat[window], window[1].start, window[0].start)
        if line is not None:
            found.append(line)
    return found


def _line(inside: NDArray[np.bool_], heat: NDArray[np.float32], left: int, top: int) -> LineBox | None:
    height, width = inside.shape
    if min(height, width) < 3:
        return None
    score = float(heat[inside].mean())
    if score < SCORE_THRESHOLD:
        return None
    slope = _slope(inside) if width >= 5 * height or _is_slanted(inside) else 0.0
    if slope == 0.0:
        cx, cy, w, h = left + width / 2, top + height / 2, float(width), float(height)
    else:
        cx, cy, w, h = _turned(inside, slope)
        cx, cy = cx + left, cy + top
    grow = UNCLIP * w * h / (2 * (w + h))
    return LineBox(cx, cy, w + 2 * grow, h + 2 * grow, math.degrees(math.atan(slope)), score, TIGHT * h)


def _is_slanted(inside: NDArray[np.bool_]) -> bool:
    """The line is at an angle: it is long and fills little of its axis-aligned box."""
    height, width = inside.shape
    filled = float(inside.mean())
    return bool(width > 1.5 * height and width > 40 and filled < 0.6)


def _slope(inside: NDArray[np.bool_]) -> float:
    """Least-squares slope of the columns' centres; 0 if it is too small to matter."""
    columns = np.flatnonzero(inside.any(axis=0))
    rows = np.arange(inside.shape[0], dtype=np.float32)
    weights = inside[:, columns].sum(axis=0)
    middles = (rows[:, None] * inside[:, columns]).sum(axis=0) / weights
    x = columns - columns.mean()
    spread = float((x * x).sum())
    if spread == 0.0:
        return 0.0
    slope = float((x * (middles - middles.mean())).sum() / spread)
    return slope if abs(slope) * inside.shape[1] > 1.5 else 0.0


def _turned(inside: NDArray[np.bool_], slope: float) -> tuple[float, float, float, float]:
    """Centre and sides of the rectangle with this slope around the set pixels."""
    ys, xs = np.nonzero(inside)
    length = math.hypot(1.0, slope)
    along = (xs + slope * ys) / length
    across = (ys - slope * xs) / length
    a0, a1 = float(along.min()), float(along.max()) + 1
    b0, b1 = float(across.min()), float(across.max()) + 1
    a, b = (a0 + a1) / 2, (b0 + b1) / 2
    return (a - slope * b) / length, (b + slope * a) / length, a1 - a0, b1 - b0
