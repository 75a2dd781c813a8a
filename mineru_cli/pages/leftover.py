"""Finds regions with text that is not in the text layer: ink outside of the layer's words.

Values of a form, a stamp, a pictured or handwritten word are on the page but not in its text. The area of a
region outside of its words is examined in two steps. In most regions it is blank, which is quickly
determined. In the others the remaining edges are classified: lines, frames, underlines and bullets are not
text, groups of shapes as large as letters are.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from PIL import Image, ImageChops, ImageDraw

from mineru_cli.domain.block import BBox
from mineru_cli.pages.ink import PixelBox, Places, pixel_box
from mineru_cli.pages.page import PageImage, Word

_CONTRAST = 40
"""Contrast of 255. Paper, tints and the noise of pictures differ by less, writing by more."""

_ABOVE, _BELOW, _ASIDE = 0.8, 0.3, 0.15
"""How far the ink of a word may extend from its baseline, and beyond its box, in line heights."""

_SPACE = 1.0
"""The widest space between words, in line heights."""

_LINE_PIXELS = 16
"""The height to which lines are scaled before shapes are examined."""

_LONG = 1.3
"""Edges that are straight for this many line heights are not letters."""

_LOWEST, _HIGHEST = 0.25, 6.0
_NEAR = 1.2
_THIN = 0.25
"""A thinner shape may be an "l" among other letters; alone it is a piece of a line."""

_JOINED = 1.5
_MOST_SHAPES = 2_000

_Side = tuple[float, float, float, float]


@dataclass(slots=True)
class _ObjectShape:
    """Connected edges, in pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left


def unread(page: PageImage, words: Sequence[Word], regions: Sequence[BBox]) -> list[bool]:
    """For each region (shares of the page), whether something that looks like text is not among ``words``."""
    if not regions:
        return []
    taken = _TakenWords(words, page.image.size)
    strips: list[PixelBox] = []
    owners: list[int] = []
    for number, region in enumerate(regions):
        box = pixel_box(region, page.image.size)
        if box is not None:
            free = taken.free(box)
            strips += free
            owners += [number] * len(free)
    contrasts = Places(strips).contrasts(page, _CONTRAST)
    doubtful = {owner for owner, contrast in zip(owners, contrasts, strict=True) if contrast >= _CONTRAST}
    return [
        number in doubtful
        and (box := pixel_box(region, page.image.size)) is not None
        and _shows_text(page.image, box, taken.within(box))
        for number, region in enumerate(regions)
    ]


class _TakenWords:
    """The boxes that the ink of a page's words may cover, in pixels, from top to bottom."""

    def __init__(self, words: Iterable[Word], size: tuple[int, int]) -> None:
        self._boxes = sorted((_reach(word, size) for word in words), key=lambda box: box[1])
        self._tops = [box[1] for box in self._boxes]
        self._highest = max((box[3] - box[1] for box in self._boxes), default=0.0)

    def within(self, region: PixelBox) -> list[_Side]:
        """The boxes that touch a region."""
        left, top, right, bottom = region
        first, end = bisect_left(self._tops, top - self._highest), bisect_left(self._tops, bottom)
        return [box for box in self._boxes[first:end] if box[3] > top and box[0] < right and box[2] > left]

    def free(self, region: PixelBox) -> list[PixelBox]:
        """The area of a region outside of all words: strips between lines, and the rest of each line."""
        left, top, right, bottom = region
        strips: list[_Side] = []
        reached: float = top
        lines = _rows(self.within(region))
        for number, (line_top, line_bottom, boxes) in enumerate(lines):
            if line_top > reached:
                strips.append((left, reached, right, line_top))
            end = min(line_bottom, lines[number + 1][0]) if number + 1 < len(lines) else line_bottom
            start, across = max(reached, line_top), float(left)
            for reach in sorted(boxes):
                if reach[0] - across > (_SPACE * (reach[3] - reach[1]) if across > left else 0):
                    strips.append((across, start, reach[0], end))
                across = max(across, reach[2])
            strips.append((across, start, right, end))
            reached = max(reached, end)
        strips.append((left, reached, right, bottom))
        return [box for strip in strips if (box := _whole(strip, region)) is not None]


def _reach(word: Word, size: tuple[int, int]) -> _Side:
    width, height = size
    x0, y0, x1, y1 = word.bbox
    if word.quarter != 0 or not word.height:
        return x0 * width - 2, y0 * height - 2, x1 * width + 2, y1 * height + 2
    line = word.height * height
    baseline = word.baseline * height
    return (
        x0 * width - _ASIDE * line,
        min(y0 * height, baseline - _ABOVE * line) - 1,
        x1 * width + _ASIDE * line,
        max(y1 * height, baseline + _BELOW * line) + 1,
    )


def _rows(boxes: Sequence[_Side]) -> list[tuple[float, float, list[_Side]]]:
    """Boxes in lines from top to bottom: top and bottom of each, and its boxes."""
    rows: list[tuple[float, float, list[_Side]]] = []
    for box in boxes:
        if rows and box[1] < (rows[-1][0] + rows[-1][1]) / 2:
            top, bottom, line = rows[-1]
            rows[-1] = (top, max(bottom, box[3]), [*line, box])
        else:
            rows.append((box[1], box[3], [box]))
    return rows


def _whole(strip: _Side, region: PixelBox) -> PixelBox | None:
    """A strip in whole pixels inside the region, None when it is empty."""
    left, top = max(region[0], int(strip[0]) + 1), max(region[1], int(strip[1]) + 1)
    right, bottom = min(region[2], int(strip[2])), min(region[3], int(strip[3]))
    return (left, top, right, bottom) if left < right and top < bottom else None


def _shows_text(page: Image.Image, region: PixelBox, words: Sequence[_Side]) -> bool:
    """Whether a region has shapes as large as letters outside of its words."""
    if not words:
        return True
    line = median(box[3] - box[1] for box in words) / (_ABOVE + _BELOW)
    step = max(1, round(line / _LINE_PIXELS))
    unit = line / step
    image = page.crop(region).convert("L")
    if step > 1:
        image = image.reduce(step)
    edges = _edges(image)
    draw = ImageDraw.Draw(edges)
    left, top = region[:2]
    boxes = [
        ((x0 - left) / step, (y0 - top) / step, (x1 - left) / step, (y1 - top) / step)
        for x0, y0, x1, y1 in words
    ]
    for _, _, row in _rows(boxes):
        for one, two in zip(sorted(row), [*sorted(row)[1:], None], strict=True):
            near = two is not None and two[0] - one[2] <= _SPACE * unit
            right = two[0] if two is not None and near else one[2]
            draw.rectangle((one[0], one[1], max(right, one[2]), one[3]), fill=0)
    _drop_straight(edges, max(8, round(_LONG * unit)))
    letters = [shape for shape in _shapes(edges) if _is_letter(shape, unit, edges.size)]
    return _reads_as_text(letters, boxes, unit)


def _edges(image: Image.Image) -> Image.Image:
    """A mask: 255 where a pixel differs from its neighbour, otherwise 0."""
    across = ImageChops.difference(image, ImageChops.offset(image, 1, 0))
    down = ImageChops.difference(image, ImageChops.offset(image, 0, 1))
    ImageDraw.Draw(across).line(
        (0, 0, 0, image.height), fill=0
    )  # the opposite side of the image is not a neighbour
    ImageDraw.Draw(down).line((0, 0, image.width, 0), fill=0)
    return ImageChops.lighter(across, down).point([0] * _CONTRAST + [255] * (256 - _CONTRAST))


def _drop_straight(edges: Image.Image, length: int) -> None:
    """Remove lines, frames and the sides of areas: edges that are straight for ``length`` pixels."""
    runs = re.compile(rb"\xff{%d,}" % length)
    draw = ImageDraw.Draw(edges)
    across = [(y, found.span()) for y, row in enumerate(pixel_rows(edges)) for found in runs.finditer(row)]
    turned = edges.transpose(Image.Transpose.TRANSPOSE)
    down = [(x, found.span()) for x, row in enumerate(pixel_rows(turned)) for found in runs.finditer(row)]
    for y, (start, end) in across:
        draw.line((start, y, end - 1, y), fill=0)
    for x, (start, end) in down:
        draw.line((x, start, x, end - 1), fill=0)


def pixel_rows(image: Image.Image) -> list[bytes]:
    """The bytes of each row of an image in mode L."""
    data, width = image.tobytes(), image.width
    return [data[start : start + width] for start in range(0, len(data), width)]


def _shapes(edges: Image.Image) -> list[_ObjectShape]:
    """Connected components of edges, built row by row."""
    runs = re.compile(rb"\xff+")
    done: list[_ObjectShape] = []
    above: list[tuple[int, int, _ObjectShape]] = []
    for y, row in enumerate(pixel_rows(edges)):
        here: list[tuple[int, int, _ObjectShape]] = []
        for found in runs.finditer(row) if b"\xff" in row else ():
            left, right = found.span()
            touching = {id(shape): shape for start, end, shape in above if start <= right and end >= left}
            shape = _ObjectShape(left, y, right, y + 1)
            for other in touching.values():
                shape = _ObjectShape(
                    min(shape.left, other.left), min(shape.top, other.top),
                    max(shape.right, other.right), max(shape.bottom, other.bottom),
                )  # fmt: skip
            here = [(start, end, shape if id(kept) in touching else kept) for start, end, kept in here]
            above = [(start, end, shape if id(kept) in touching else kept) for start, end, kept in above]
            here.append((left, right, shape))
        continued = {id(shape) for _, _, shape in here}
        done += {id(shape): shape for _, _, shape in above if id(shape) not in continued}.values()
        if len(done) > _MOST_SHAPES:
            return done
        above = here
    return done + list({id(shape): shape for _, _, shape in above}.values())


def _is_letter(shape: _ObjectShape, unit: float, size: tuple[int, int]) -> bool:
    """Not too low, not too high, and not extending into the region from outside."""
    outside = shape.left <= 0 or shape.top <= 0 or shape.right >= size[0] or shape.bottom >= size[1]
    return not outside and _LOWEST * unit <= shape.height <= _HIGHEST * unit and shape.width >= 2


def _reads_as_text(letters: Sequence[_ObjectShape], words: Sequence[_Side], unit: float) -> bool:
    """A shape as wide as joined letters, two adjacent ones, or one after a word in its line."""
    for number, one in enumerate(letters):
        if one.width >= _JOINED * unit and one.height >= 2 * _LOWEST * unit:
            return True
        near = [two for two in letters[number + 1 : number + 9] if _side_by_side(one, two, unit)]
        if any(shape.width >= _THIN * unit for shape in (one, *near)) and near:
            return True
        middle = (one.top + one.bottom) / 2
        if one.width >= _THIN * unit and any(
            box[1] <= middle <= box[3] and box[2] <= one.left + unit for box in words
        ):
            return True
    return False


def _side_by_side(one: _ObjectShape, two: _ObjectShape, unit: float) -> bool:
    gap = max(one.left, two.left) - min(one.right, two.right)
    shared = min(one.bottom, two.bottom) - max(one.top, two.top)
    return -0.5 * unit <= gap <= _NEAR * unit and 2 * shared >= min(one.height, two.height)
