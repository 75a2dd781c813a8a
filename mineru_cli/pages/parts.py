"""Pages too long or too large for one layout picture: which they are, and the parts they are cut into.

For the layout a model gets a square picture of about 1,000 pixels per side. A page of ordinary shape is
legible on it. A receipt is distorted, and the text of a web page that was printed onto one sheet, or of a
poster, is too small. Such pages are cut into overlapping parts:

- a page whose longer side is more than ``LONGEST_SHAPE`` times the other (beyond A4, A3, Legal, 16:9 slides,
  21:9 banners and phones) into parts of about a sheet's shape along that side;
- a page with a side of more than ``LARGE`` points (A3 has 1,191) whose text would be less than
  ``LEAST_TEXT`` pixels high on the square into as many parts as make it ``GOOD_TEXT`` high.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from PIL import Image, ImageChops, ImageFilter

from mineru_cli.settings import Rendering

LONGEST_SHAPE = 2.5
LARGE = 1_300.0
LEAST_TEXT, GOOD_TEXT = 6.0, 9.0
SQUARE = 1036
MOST_PIXELS = 36_000_000
"""Pixels of a page that is processed in parts: 144 MB with colour."""

_SHEET = 1.4
_OVERLAP = 0.15
"""Minimum overlap of neighbouring parts, as a share of a part."""
_MOST_PARTS = 24
"""Maximum number of parts along one side."""
_STRIP = 64
_INK = 40
_SHARE_OF_INK = 6
"""Of 255: how dark a row of a strip must be to count as text."""
_LINE_HEIGHTS = (3, 150)
_FEWEST_LINES = 20

Span = tuple[float, float]
"""Start and end as shares of the page's side."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A page's parts: every pair of a span across and a span down.

    Neighbouring spans overlap; ``seams_across`` and ``seams_down`` are the positions where one ends and the
    next begins, without ink where possible. ``seams_down`` has one tuple for each span across.
    """

    across: tuple[Span, ...]
    down: tuple[Span, ...]
    seams_across: tuple[float, ...]
    seams_down: tuple[tuple[float, ...], ...]


def is_long(width: float, height: float) -> bool:
    """Whether the page's shape alone asks for parts."""
    return max(width, height) > LONGEST_SHAPE * min(width, height)


def is_unusual(width: float, height: float) -> bool:
    """Whether the page's size in points requires a closer check."""
    return is_long(width, height) or max(width, height) > LARGE


def roomier_scale(width: float, height: float, rendering: Rendering) -> float:
    """Pixels per point for a page in parts: the size limits apply to each part."""
    return min(rendering.dpi / 72, roomier_shrink(width, height, rendering.max_side))


def roomier_shrink(width: float, height: float, max_side: int) -> float:
    """The scale at which no part of a page or picture exceeds ``max_side``."""
    by_side = max_side / (_SHEET * min(width, height)) if is_long(width, height) else math.inf
    return min(by_side, math.sqrt(MOST_PIXELS / (width * height)))


def has_small_text(width: float, height: float, image: Image.Image) -> bool:
    """Whether a page of ``width`` x ``height`` points is large and its text too small for the square."""
    if max(width, height) <= LARGE:
        return False
    text = text_height(image)
    return text is not None and text * SQUARE / max(image.size) < LEAST_TEXT


def text_height(image: Image.Image) -> float | None:
    """Height of a typical text line in pixels, None where there are hardly any."""
    ink = _ink(image)
    columns = max(1, round(image.width / _STRIP))
    strips = ink.resize((columns, image.height), Image.Resampling.BOX)
    rows = strips.point(lambda value: 255 if value > _SHARE_OF_INK else 0)
    turned = rows.transpose(Image.Transpose.TRANSPOSE).tobytes()  # one strip after the other
    shortest, longest = _LINE_HEIGHTS
    heights: list[int] = []
    for column in range(columns):
        strip = turned[column * image.height : (column + 1) * image.height]
        heights += [len(run) for run in re.findall(b"\xff+", strip) if shortest <= len(run) <= longest]
    return median(heights) if len(heights) >= _FEWEST_LINES else None


def parts_of(width: float, height: float, image: Image.Image) -> Parts | None:
    """The parts of a page of ``width`` x ``height`` points, None for one that needs none."""
    long, small = is_long(width, height), has_small_text(width, height, image)
    if not long and not small:
        return None
    part_width, part_height = float(image.width), float(image.height)
    if long:
        sheet = _SHEET * min(image.size)
        part_width, part_height = min(part_width, sheet), min(part_height, sheet)
    text = text_height(image)
    if text is not None and text * SQUARE / max(part_width, part_height) < LEAST_TEXT:
        legible = text * SQUARE / GOOD_TEXT
        part_width, part_height = min(part_width, legible), min(part_height, legible)
    across, down = _spans(image.width, part_width), _spans(image.height, part_height)
    if len(across) * len(down) == 1:
        return None
    ink = _ink(image)
    return Parts(
        across,
        down,
        _seams(ink.transpose(Image.Transpose.TRANSPOSE), across, (0.0, 1.0)),
        tuple(_seams(ink, down, column) for column in across),
    )


def _spans(side: int, part: float) -> tuple[Span, ...]:
    if part >= side:
        return ((0.0, 1.0),)
    step = part * (1 - _OVERLAP)
    count = min(_MOST_PARTS, 1 + math.ceil((side - part) / step))
    length = min(1.0, max(part / side, 1 / (count * (1 - _OVERLAP) + _OVERLAP)))
    starts = [number * (1 - length) / (count - 1) for number in range(count)]
    return tuple((start, min(1.0, start + length)) for start in starts)


def _ink(image: Image.Image) -> Image.Image:
    """A mask, 0 and 255, of where the page is darker or lighter than its surroundings."""
    grey = image.convert("L")
    points = grey.resize((max(1, grey.width // 8), max(1, grey.height // 8)), Image.Resampling.NEAREST)
    # Less than half of a page of text is ink, so the median of its surroundings is the ground.
    ground = points.filter(ImageFilter.MedianFilter(9)).resize(grey.size, Image.Resampling.BILINEAR)
    return ImageChops.difference(grey, ground).point(lambda value: 255 if value > _INK else 0)


def _seams(ink: Image.Image, spans: Sequence[Span], across: Span) -> tuple[float, ...]:
    """The seam between each pair of spans down the image: the middle of the widest gap."""
    left, right = round(across[0] * ink.width), round(across[1] * ink.width)
    seams = []
    for before, after in pairwise(spans):
        top, bottom = round(after[0] * ink.height), round(before[1] * ink.height)
        rows = ink.crop((left, top, right, bottom))
        empty = bytes(0 if rows.crop((0, y, rows.width, y + 1)).getbbox() else 1 for y in range(rows.height))
        gaps = [found.span() for found in re.finditer(b"\x01+", empty)]
        start, stop = max(gaps, key=lambda gap: gap[1] - gap[0], default=(0, rows.height))
        seams.append((top + (start + stop) / 2) / ink.height)
    return tuple(seams)
