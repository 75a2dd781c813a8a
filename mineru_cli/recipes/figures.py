"""Crops that are saved next to the Markdown."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mineru_cli.domain.block import BBox
from mineru_cli.pages.page import POINTS_PER_INCH, PageImage
from mineru_cli.pages.pixels.encode import jpeg

if TYPE_CHECKING:
    from PIL import Image

Points = tuple[int, int, int, int]
_USUAL_SCALE = 200 / POINTS_PER_INCH
_BAND_ROWS = 64
"""Rows of a grey page that are converted to RGB at a time: few enough to stay in the CPU cache."""


class Figures:
    """The crops of one page as JPEG files, named by their hash. ``files`` maps names to bytes."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def add(self, data: bytes) -> str:
        """Keep a JPEG and return its file name."""
        name = hashlib.sha256(data).hexdigest() + ".jpg"
        self.files[name] = data
        return name

    def cut(self, page: Image.Image, bbox: BBox) -> str:
        """Crop, encode and keep a region; returns its file name, empty when the region has no pixels."""
        crop = region(page, bbox)
        if crop is None:
            return ""
        return self.add(jpeg(crop))


class PageFigures:
    """Crops of one page, cut and named as MinerU does. ``files`` maps names to JPEG bytes.

    A box is truncated to points first, and the crop covers every pixel that those touch. The name is a hash
    of the kind, the page's pixels and number, and the box; the kind is known only after all answers.
    """

    def __init__(self, page: PageImage, boxes: list[BBox]) -> None:
        self.files: dict[str, bytes] = {}
        self._index = page.index
        self._width, self._height = int(page.width), int(page.height)
        scale = _scale(page) if boxes else 1.0
        self._crops = {
            points: jpeg(page.image.crop(_pixels(points, scale)))
            for points in map(self._points, boxes)
            if points[0] < points[2] and points[1] < points[3]
        }
        self._digest = _digest(page.image) if self._crops else ""

    def name(self, kind: str, bbox: BBox) -> str:
        """The file name of a cut region, as a figure of this kind; empty when it was not cut."""
        points = self._points(bbox)
        data = self._crops.get(points)
        if data is None:
            return ""
        place = "_".join(map(str, (self._index, *points)))
        return self.add(data, f"{kind}/{self._digest}_{place}")

    def add(self, data: bytes, origin: str) -> str:
        """Keep a picture under a name derived from ``origin``."""
        name = hashlib.sha256(origin.encode()).hexdigest() + ".jpg"
        self.files[name] = data
        return name

    def add_lost(self, data: bytes) -> str:
        """Keep the picture of a region that could not be read, an addition to MinerU's files."""
        return self.add(data, f"lost/{hashlib.sha256(data).hexdigest()}")

    def _points(self, bbox: BBox) -> Points:
        x0, y0, x1, y1 = bbox
        return (
            int(x0 * self._width),
            int(y0 * self._height),
            int(x1 * self._width),
            int(y1 * self._height),
        )


def _pixels(points: Points, scale: float) -> Points:
    x0, y0, x1, y1 = (value * scale for value in points)
    return math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1)


def _digest(image: Image.Image) -> str:
    """The MD5 of the page's pixels as RGB. A grey page is converted band by band, so never copied whole."""
    digest = hashlib.md5(usedforsecurity=False)
    rows = _BAND_ROWS if image.mode == "L" else image.height
    for top in range(0, image.height, rows):
        band = (
            image.crop((0, top, image.width, min(top + rows, image.height))) if rows < image.height else image
        )
        digest.update(band.tobytes("raw", "RGB") if band.mode == "RGBX" else band.convert("RGB").tobytes())
    return digest.hexdigest().upper()


def _scale(page: PageImage) -> float:
    """Pixels per point of the rendered page: sizes in pixels are rounded up."""
    longest, pixels = max(page.width, page.height), max(page.image.size)
    return _USUAL_SCALE if math.ceil(longest * _USUAL_SCALE) == pixels else pixels / longest


def region(page: Image.Image, bbox: Sequence[float]) -> Image.Image | None:
    """The pixels inside ``bbox`` (shares of the page) in the page's own mode, None when there are none."""
    x0, y0, x1, y1 = bbox
    box = (round(x0 * page.width), round(y0 * page.height), round(x1 * page.width), round(y1 * page.height))
    if box[0] >= box[2] or box[1] >= box[3]:
        return None
    return page.crop(box)
