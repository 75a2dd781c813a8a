"""Features that show the type of a line: stroke width, first word, bullets and counters in front. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.ndimage as ndi  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.ink import dark_on_light

Grey = NDArray[np.float32]

BELOW = 0.2
"""Line heights below a line in which marks have no ink."""

STROKE = 0.35
"""Darkness from which a pixel counts as part of a stroke."""


def darkness(image: Image.Image) -> Grey:
    """How much darker each pixel is than the paper around it, 0-1; how much lighter on a dark background."""
    grey = np.asarray(dark_on_light(image), np.float32)
    small = ndi.percentile_filter(grey[::8, ::8], 80, 9, mode="nearest")
    paper = ndi.zoom(small, 8, order=0)[: grey.shape[0], : grey.shape[1]]
    return np.asarray(np.clip((paper - grey) / np.maximum(paper, 1), 0, 1), np.float32)


def window(dark: Grey, box: Box) -> Grey:
    """The pixels of the page inside a box."""
    return dark[box.pixels(dark.shape[1], dark.shape[0])]


def stroke_width(dark: Grey, box: Box) -> float:
    """Mean stroke width in a box, in pixels; 0 without strokes."""
    part = window(dark, box)
    ink = part > STROKE
    runs = int((ink[:, 1:] & ~ink[:, :-1]).sum())
    return float(part.sum() / runs) if runs else 0.0


def _ink_columns(dark: Grey, box: Box) -> NDArray[np.bool_]:
    """For each column of pixels in a box, whether it has ink."""
    return np.asarray((window(dark, box) > STROKE).any(axis=0), np.bool_)


def first_word(dark: Grey, box: Box, stretch: float = 1.0) -> float:
    """Width in pixels of the first word: the ink before the first gap of a fifth of the line's height.

    ``stretch`` is the aspect ratio of the picture's pixels, width by height.
    """
    columns = _ink_columns(dark, box)
    gap = max(2, round(0.22 * stretch * box.height))
    start = int(columns.argmax()) if columns.any() else 0
    blank = 0
    for x in range(start, len(columns)):
        blank = 0 if columns[x] else blank + 1
        if blank > gap:
            return float(x - blank + 1 - start)
    return float(len(columns) - start)


@dataclass(frozen=True, slots=True)
class Lead:
    """Ink in front of a line's text: from ``x0`` to ``x1``; the text starts at ``text``."""

    x0: float
    x1: float
    text: float


def lead(dark: Grey, box: Box, stretch: float = 1.0) -> Lead | None:
    """A bullet or counter in front of a line, separated by white space, or None.

    The search covers the line and up to three line heights to its left, where the detector misses single
    dots. ``stretch`` is the aspect ratio of the picture's pixels, width by height.
    """
    height = stretch * box.height
    start = max(0.0, box.x0 - 3.0 * height)
    columns = _ink_columns(dark, Box(start, box.y0, box.x1, box.y1))
    runs = _runs(columns, max(2, round(0.5 * height)))
    inside = [(a + start, b + start) for a, b in runs]
    for index, (a, b) in enumerate(inside[:-1]):
        following = inside[index + 1][0]
        if following < box.x0 - 2:
            return None
        if b - a <= 2.4 * height and following - b >= 0.45 * height and not _goes_on(dark, box, a, b):
            return Lead(a, b, following) if a > start + 1 or start == 0 else None
        return None
    return None


def _goes_on(dark: Grey, line: Box, x0: float, x1: float) -> bool:
    """The ink goes on below the line: it is a drop cap or a rule."""
    below = window(dark, Box(x0, line.y1, x1, line.y1 + BELOW * line.height)) > STROKE
    return bool(below.size and below.any(axis=1).all())


def is_dot(dark: Grey, mark: Lead, line: Box) -> bool:
    """A mark about as high as wide and smaller than a letter: a bullet, written or drawn.

    Pages are drawn into a square, which makes those of an upright page up to half wider than high, and those
    of a slide up to twice as high as wide.
    """
    rows = (window(dark, Box(mark.x0, line.y0, mark.x1, line.y1)) > STROKE).any(axis=1)
    high, wide = int(rows.sum()), mark.x1 - mark.x0
    small = 0.15 * line.height < wide < 0.7 * line.height and 0.15 * line.height < high < 0.55 * line.height
    return small and 0.55 * wide <= high <= 1.9 * wide


def _runs(columns: NDArray[np.bool_], gap: int) -> list[tuple[int, int]]:
    """Runs of columns with ink; gaps shorter than ``gap`` do not end a run."""
    set_ = np.flatnonzero(columns)
    if not len(set_):
        return []
    breaks = np.flatnonzero(np.diff(set_) >= gap)
    starts = np.concatenate([[0], breaks + 1])
    ends = np.concatenate([breaks, [len(set_) - 1]])
    return [(int(set_[s]), int(set_[e]) + 1) for s, e in zip(starts, ends, strict=True)]
