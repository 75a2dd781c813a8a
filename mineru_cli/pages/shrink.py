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
GAP = 16
"""Lines that are not worth leaving out: a call of its own for what follows them costs more."""
MOST_COLOUR = 0.9
"""Share of the rows with colour plus share of the columns with colour from which on Pillow alone is quicker."""
_STRIP = 64
_SAMPLE_STEP = 8

Span = tuple[int, int]


def shrunk(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """``image.resize(size, Image.Resampling.BICUBIC)`` of an image of mode "L", "RGB" or "RGBX".

    The result is "L", "RGB" or "RGBX": an "RGBX" image may give an "RGB" one.
    """
    if image.mode != "L" and _colourful(image):
        return image.resize(size, Image.Resampling.BICUBIC)
    bands = image.split()[:3]
    if image.width * image.height < SMALLEST:
        bands = tuple(band.resize(size, Image.Resampling.BICUBIC) for band in bands)
    else:
        for one in _passes(image.size, size):
            bands = _done(one, bands)
    return bands[0] if image.mode == "L" else Image.merge("RGB", bands)


def _passes(before: tuple[int, int], after: tuple[int, int]) -> tuple[_Pass, _Pass]:
    rows, columns = _Rows(after[0]), _Columns(after[1])
    return (columns, rows) if _columns_first(before, after) else (rows, columns)


class _Pass(Protocol):
    def marked(self, mask: Image.Image) -> Iterator[Span]:
        """Stretches of lines, ascending, that hold all of the mask that is not black."""
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
    for lines in _joined(one.marked(ImageChops.invert(first))):
        one.put(result, first, lines)
    results = [result]
    for other in others:
        own = result.copy()
        for lines in _joined(one.marked(ImageChops.difference(first, other))):
            one.put(own, other, lines)
        results.append(own)
    return tuple(results)


def _joined(spans: Iterator[Span]) -> Iterator[Span]:
    """The same lines in fewer stretches: small gaps are bridged."""
    start = stop = -GAP
    for next_start, next_stop in spans:
        if next_start - stop >= GAP:
            if stop > 0:
                yield start, stop
            start = next_start
        stop = next_stop
    if stop > 0:
        yield start, stop


class _Rows:
    """The pass that gives every row its new width."""

    def __init__(self, width: int) -> None:
        self._width = width

    def marked(self, mask: Image.Image) -> Iterator[Span]:
        hull = mask.getbbox()
        if hull is None:
            return
        for top in range(hull[1], hull[3], GAP):
            box = mask.crop((hull[0], top, hull[2], min(top + GAP, hull[3]))).getbbox()
            if box is not None:
                yield top + box[1], top + box[3]

    def blank(self, band: Image.Image) -> Image.Image:
        return Image.new("L", (self._width, band.height), WHITE)

    def put(self, result: Image.Image, band: Image.Image, lines: Span) -> None:
        part = band.crop((0, lines[0], band.width, lines[1]))
        done = part.resize((self._width, part.height), Image.Resampling.BICUBIC)
        result.paste(done, (0, lines[0]))


class _Columns:
    """The pass that gives every column its new height."""

    def __init__(self, height: int) -> None:
        self._height = height

    def marked(self, mask: Image.Image) -> Iterator[Span]:
        hull = mask.getbbox()
        if hull is None:
            return
        for left in range(hull[0], hull[2], _STRIP):
            box = mask.crop((left, hull[1], min(left + _STRIP, hull[2]), hull[3])).getbbox()
            if box is not None:
                yield left + box[0], left + box[2]

    def blank(self, band: Image.Image) -> Image.Image:
        return Image.new("L", (band.width, self._height), WHITE)

    def put(self, result: Image.Image, band: Image.Image, lines: Span) -> None:
        part = band.crop((lines[0], 0, lines[1], band.height))
        done = part.resize((part.width, self._height), Image.Resampling.BICUBIC)
        result.paste(done, (lines[0], 0))


def _colourful(image: Image.Image) -> bool:
    """Whether a thin sample has colour in so many lines that looking for them cannot pay."""
    sample = image.resize(
        (max(1, image.width // _SAMPLE_STEP), max(1, image.height // _SAMPLE_STEP)), Image.Resampling.NEAREST
    )
    red, green, blue = sample.split()[:3]
    differing = ImageChops.lighter(ImageChops.difference(red, green), ImageChops.difference(red, blue))
    across, down = differing.getprojection()
    return sum(across) / len(across) + sum(down) / len(down) > MOST_COLOUR


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
