"""Pixel statistics of given boxes of a page: with the compiled loops, or with Pillow."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageChops

from mineru_cli.domain.block import BBox
from mineru_cli.pages.page import PageImage
from mineru_cli.pages.pixels import native

PixelBox = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels, right and bottom not included."""


def pixel_box(bbox: BBox, size: tuple[int, int]) -> PixelBox | None:
    """The pixels that ``bbox`` (shares of the page) touches, None when there are none on the page."""
    width, height = size
    left, top = max(0, int(bbox[0] * width)), max(0, int(bbox[1] * height))
    right, bottom = (
        min(width, math.ceil(bbox[2] * width + 1e-6)),
        min(height, math.ceil(bbox[3] * height + 1e-6)),
    )
    return (left, top, right, bottom) if left < right and top < bottom else None


class Places:
    """Boxes of a page that are examined together."""

    def __init__(self, boxes: Sequence[PixelBox]) -> None:
        self._sides = boxes
        self._boxes = native.boxes(boxes)

    def contrasts(self, page: PageImage, enough: int) -> Sequence[int]:
        """Difference of the brightest and the darkest pixel of each box (0-255); may stop at ``enough``."""
        found = None
        if page.pixels is not None and self._sides:
            found = native.contrasts(page.pixels, page.image.mode, page.image.width, self._boxes, enough)
        return found if found is not None else [_contrast(page.image.crop(box)) for box in self._sides]

    def shares(self, page: PageImage, colours: bytes, distance: int) -> Sequence[int]:
        """Thousandths of each box within ``distance`` of its colour, of three bytes each in ``colours``."""
        found = None
        if page.pixels is not None and self._sides:
            source, mode, width = page.pixels, page.image.mode, page.image.width
            found = native.shares(source, mode, width, self._boxes, colours, distance)
        if found is not None:
            return found
        return [
            _share(page.image.crop(box), colours[3 * number : 3 * number + 3], distance)
            for number, box in enumerate(self._sides)
        ]

    def overlaps(self) -> Sequence[int]:
        """For each box the first other one that it overlaps by more than 3/10 of the smaller, -1 for none."""
        found = native.overlaps(self._boxes) if self._sides else None
        return found if found is not None else _overlaps(self._sides)


def difference(one: Image.Image, other: Image.Image, least: int) -> Image.Image:
    """A mask ("L") of the pixels that differ by ``least`` or more in some band. Both are of one size."""
    if one.mode != other.mode or one.mode not in ("L", "RGB"):
        one, other = one.convert("RGB"), other.convert("RGB")
    return _strongest(ImageChops.difference(one, other)).point([0] * least + [255] * (256 - least))


def _strongest(image: Image.Image) -> Image.Image:
    strongest, *others = image.split()[:3]
    for band in others:
        strongest = ImageChops.lighter(strongest, band)
    return strongest


def _contrast(image: Image.Image) -> int:
    extrema = image.getextrema()
    bands = extrema if isinstance(extrema[0], tuple) else (extrema,)
    return max(int(high - low) for low, high in bands[:3])


def _share(image: Image.Image, colour: bytes, distance: int) -> int:
    plain = Image.new("RGB", image.size, tuple(colour))
    apart = _strongest(ImageChops.difference(image.convert("RGB"), plain)).histogram()
    return 1000 * sum(apart[: distance + 1]) // sum(apart)


def _overlaps(boxes: Sequence[PixelBox]) -> list[int]:
    found = [-1] * len(boxes)
    order = sorted(range(len(boxes)), key=lambda number: boxes[number][1])
    for place, number in enumerate(order):
        one = boxes[number]
        for other in order[place + 1 :]:
            two = boxes[other]
            if two[1] >= one[3]:
                break
            across, down = (
                min(one[2], two[2]) - max(one[0], two[0]),
                min(one[3], two[3]) - max(one[1], two[1]),
            )
            if across > 0 and down > 0 and 10 * across * down > 3 * min(_area(one), _area(two)):
                found[number] = other if found[number] < 0 else min(found[number], other)
                found[other] = number if found[other] < 0 else min(found[other], number)
    return found


def _area(box: PixelBox) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])
