"""Shrinks a page to the very pixels of ``Image.resize(size, BICUBIC)``, at up to half less cost.

Pillow resizes in two passes, one along the rows and one along the columns, and in each pass every line for
itself. So lines that hold nothing but white need no work, which is half of a page of text; and where red,
green and blue are equal, which is most of a page with a coloured link or logo, one is worked out for all.
Which pass goes first decides about the last bit of a pixel, and differs between versions of Pillow.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Protocol

from PIL import Image, ImageChops

WHITE = 255
SMALLEST = 500_000
"""Pixels from which on looking for white pays."""
GAP = 8
"""Rows of white that are not worth a call of their own."""
MOST_COLOUR = 0.4
"""Share of a page's height with colour above which the three bands are quicker done together."""
_SAMPLE_STEP = 8

Span = tuple[int, int]
Box = tuple[int, int, int, int]


def shrunk(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """``image.resize(size, Image.Resampling.BICUBIC)`` as "L" or "RGB".

    ``image`` has mode "L", "RGB" or "RGBX".
    """
    if image.mode != "L" and _colourful(image):
        # One band after the other: all three at once take no less time, and more memory.
        return Image.merge("RGB", [_plain(image.getchannel(band), size) for band in range(3)])
    bands = image.split()[:3]
    if image.width * image.height < SMALLEST:
        bands = tuple(_plain(band, size) for band in bands)
    else:
        for one in _passes(image.size, size):
            bands = _done(one, bands)
    return bands[0] if image.mode == "L" else Image.merge("RGB", bands)


def _plain(band: Image.Image, size: tuple[int, int]) -> Image.Image:
    return band.resize(size, Image.Resampling.BICUBIC)


def _passes(before: tuple[int, int], after: tuple[int, int]) -> tuple[_Pass, _Pass]:
    rows, columns = _Rows(after[0]), _Columns(after[1])
    return (columns, rows) if _columns_first(before, after) else (rows, columns)


class _Pass(Protocol):
    def inked(self, band: Image.Image) -> Iterator[Span]:
        """Stretches of lines that are not all white."""
        ...

    def differing(self, box: Box) -> Span:
        """The lines that a box touches."""
        ...

    def blank(self, band: Image.Image) -> Image.Image:
        """White paper for the result."""
        ...

    def put(self, result: Image.Image, band: Image.Image, lines: Span) -> None:
        """Resize these lines of the band and put them into the result."""
        ...


def _done(one: _Pass, bands: tuple[Image.Image, ...]) -> tuple[Image.Image, ...]:
    """All bands after a pass: the first in full, of the others only the lines that differ from it."""
    first, *others = bands
    result = one.blank(first)
    for lines in one.inked(first):
        one.put(result, first, lines)
    results = [result]
    for other in others:
        box = None if other is first else ImageChops.difference(first, other).getbbox()
        own = result if box is None else result.copy()
        if box is not None:
            one.put(own, other, one.differing(box))
        results.append(own)
    return tuple(results)


class _Rows:
    """The pass that gives every row its new width."""

    def __init__(self, width: int) -> None:
        self._width = width

    def inked(self, band: Image.Image) -> Iterator[Span]:
        start = stop = -GAP
        for row in _inked_rows(band):
            if row - stop >= GAP:
                if stop > 0:
                    yield start, stop
                start = row
            stop = row + 1
        if stop > 0:
            yield start, stop

    def differing(self, box: Box) -> Span:
        return box[1], box[3]

    def blank(self, band: Image.Image) -> Image.Image:
        return Image.new("L", (self._width, band.height), WHITE)

    def put(self, result: Image.Image, band: Image.Image, lines: Span) -> None:
        part = band.crop((0, lines[0], band.width, lines[1]))
        done = part.resize((self._width, part.height), Image.Resampling.BICUBIC)
        result.paste(done, (0, lines[0]))


class _Columns:
    """The pass that gives every column its new height. Only the margins are looked at for white."""

    def __init__(self, height: int) -> None:
        self._height = height

    def inked(self, band: Image.Image) -> Iterator[Span]:
        box = ImageChops.invert(band).getbbox()
        if box is not None:
            yield box[0], box[2]

    def differing(self, box: Box) -> Span:
        return box[0], box[2]

    def blank(self, band: Image.Image) -> Image.Image:
        return Image.new("L", (band.width, self._height), WHITE)

    def put(self, result: Image.Image, band: Image.Image, lines: Span) -> None:
        part = band.crop((lines[0], 0, lines[1], band.height))
        done = part.resize((part.width, self._height), Image.Resampling.BICUBIC)
        result.paste(done, (lines[0], 0))


def _inked_rows(band: Image.Image) -> Iterator[int]:
    data, width = band.tobytes(), band.width
    white = bytes([WHITE]) * width
    for row in range(band.height):
        if data[row * width : (row + 1) * width] != white:
            yield row


def _colourful(image: Image.Image) -> bool:
    """Whether a thin sample has colour in more than ``MOST_COLOUR`` of its height."""
    sample = image.resize(
        (max(1, image.width // _SAMPLE_STEP), max(1, image.height // _SAMPLE_STEP)), Image.Resampling.NEAREST
    )
    red, green, blue = sample.split()[:3]
    differing = ImageChops.lighter(ImageChops.difference(red, green), ImageChops.difference(red, blue))
    box = differing.getbbox()
    return box is not None and box[3] - box[1] > MOST_COLOUR * sample.height


def _columns_first(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Pillow 13 begins with the columns where the height shrinks more than twice as much as the width."""
    lower = before[1] - after[1]
    return lower > 0 and lower > 2 * (before[0] - after[0]) and _pillow_minds_the_shape()


@cache
def _pillow_minds_the_shape() -> bool:
    """Whether this Pillow does so. Older ones always begin with the rows."""
    tall = Image.frombytes("L", (16, 64), bytes(n * n * 31 % 251 for n in range(16 * 64)))
    bicubic = Image.Resampling.BICUBIC
    return tall.resize((9, 9), bicubic) == tall.resize((16, 9), bicubic).resize((9, 9), bicubic)
