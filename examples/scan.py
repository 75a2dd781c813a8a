"""Prints a letter and scans it: outlines turned and filled at 600 dpi, reduced to 200 dpi, made noisy.

Own integer arithmetic instead of FreeType and resampling filters, so that the
picture is the same with every version of the libraries. The numbers come from
numpy's legacy generator, whose stream is frozen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
from blocks import Block, Heading, Paragraph
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from numpy.typing import NDArray
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.ttfonts import TTFOpenFile
from reportlab.pdfgen.canvas import Canvas

DPI, OVERSAMPLING = 200, 3
SCALE = DPI * OVERSAMPLING / 72  # fine pixels a point
DEGREES = 0.7
COLUMNS, ROWS = 1654, 2339  # A4 at 200 dpi
JPEG_QUALITY = 42

Points = NDArray[np.float64]
Line = tuple[float, float, float, str]  # x and y of the baseline, size (points, y down), text


class Outlines(BasePen):  # type: ignore[misc]  # fontTools has no types
    """Flattens the curves of a glyph to closed polygons."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.contours: list[list[tuple[float, float]]] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802  # fontTools' name
        self.contours.append([pt])

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self.contours[-1].append(pt)

    def _qCurveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float]) -> None:  # noqa: N802
        (x0, y0), (x1, y1), (x2, y2) = self.contours[-1][-1], pt1, pt2
        for t in (0.25, 0.5, 0.75, 1.0):
            a, b, c = (1 - t) * (1 - t), 2 * t * (1 - t), t * t
            self.contours[-1].append((a * x0 + b * x1 + c * x2, a * y0 + b * y1 + c * y2))


class Typeface:
    """Advance widths and outlines of a TrueType font that ships with reportlab."""

    def __init__(self, name: str) -> None:
        self._font = TTFont(TTFOpenFile(f"{name}.ttf")[1])
        self._glyphs, self._names = self._font.getGlyphSet(), self._font.getBestCmap()
        self._em = self._font["head"].unitsPerEm

    def width(self, text: str, size: float) -> float:
        return float(sum(self._glyphs[self._names[ord(c)]].width for c in text)) * size / self._em

    def contours(self, character: str, size: float) -> list[Points]:
        """Polygons of one character in points, y down, origin on the baseline."""
        pen = Outlines(self._glyphs)
        self._glyphs[self._names[ord(character)]].draw(pen)
        factor = np.array([size / self._em, -size / self._em])
        return [np.array(contour, dtype=np.float64) * factor for contour in pen.contours]


def scanned_letter(blocks: list[Block], seed: int) -> bytes:
    """A PDF of one page that holds nothing but the scan."""
    face = Typeface("Vera")
    page = _develop(_print(list(_lines(blocks, face)), face), np.random.RandomState(seed))
    jpeg = BytesIO()
    Image.fromarray(page).save(jpeg, "JPEG", quality=JPEG_QUALITY, dpi=(DPI, DPI))
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=0)
    canvas.drawImage(ImageReader(jpeg), 0, 0, *A4)
    canvas.save()
    return out.getvalue()


def _lines(blocks: list[Block], face: Typeface) -> Iterator[Line]:
    """Lay the letter out, ragged right."""
    y = 78.0
    for block in blocks:
        if isinstance(block, Heading):
            yield (74.0, y, 17.0, block.text)
            y += 22
            continue
        assert isinstance(block, Paragraph)
        size = 9.0 if block.style == "letterhead-address" else 10.5
        y += {"address": 20, "signature": 42}.get(block.style, 0)
        for source in block.text.split("\n"):
            for line in _wrapped(source, face, size, A4[0] - 148):
                yield (74.0, y, size, line)
                y += size * 1.5
        y += 11


def _wrapped(text: str, face: Typeface, size: float, width: float) -> Iterator[str]:
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and face.width(longer, size) > width:
            yield line
            longer = word
        line = longer
    yield line


def _print(lines: list[Line], face: Typeface) -> NDArray[np.uint8]:
    """The page at 600 dpi: 1 where there is ink."""
    ink = np.zeros((ROWS * OVERSAMPLING, COLUMNS * OVERSAMPLING), dtype=np.uint8)
    centre = np.array([A4[0] / 2, A4[1] / 2])
    cos, sin = math.cos(math.radians(DEGREES)), math.sin(math.radians(DEGREES))
    turn = np.array([[cos, sin], [-sin, cos]])
    for x, y, size, text in lines:
        for character in text:
            origin = np.array([x, y]) - centre
            _fill(ink, [((c + origin) @ turn + centre) * SCALE for c in face.contours(character, size)])
            x += face.width(character, size)
    return ink


def _fill(ink: NDArray[np.uint8], contours: list[Points]) -> None:
    """Fill polygons by the even-odd rule: toggle where an edge crosses a row's middle."""
    if not contours:
        return
    every = np.concatenate(contours)
    left, top = np.floor(every.min(axis=0)).astype(int) - 1
    right, bottom = np.ceil(every.max(axis=0)).astype(int) + 2
    toggles = np.zeros((bottom - top, right - left), dtype=np.int32)
    middles = np.arange(top, bottom) + 0.5
    for contour in contours:
        for (x0, y0), (x1, y1) in zip(contour, np.roll(contour, -1, axis=0), strict=True):
            rows = np.nonzero((y0 <= middles) != (y1 <= middles))[0]
            if len(rows):
                crossing = x0 + (middles[rows] - y0) * (x1 - x0) / (y1 - y0)
                np.add.at(toggles, (rows, np.ceil(crossing - 0.5).astype(int) - left), 1)
    ink[top:bottom, left:right] |= (np.cumsum(toggles, axis=1) & 1).astype(np.uint8)


def _develop(ink: NDArray[np.uint8], random: np.random.RandomState) -> NDArray[np.uint8]:
    """Reduce to 200 dpi and add what a worn flatbed scanner adds. Integers only."""
    n = OVERSAMPLING
    cover = ink.reshape(ROWS, n, COLUMNS, n).sum(axis=(1, 3), dtype=np.int32) * 28  # 0 to 252
    cover = _blurred(_blurred(cover).T).T
    grey = 236 - cover * 190 // 252
    grey -= np.arange(COLUMNS) // 110  # the lid does not close on the right
    grey[ROWS // 3 - 1 : ROWS // 3 + 2] -= 9  # folded for the envelope
    grey += random.randint(-11, 12, grey.shape)
    blotches = random.randint(-3, 4, (ROWS // 8 + 1, COLUMNS // 8 + 1))
    grey += np.kron(blotches, np.ones((8, 8), dtype=blotches.dtype))[:ROWS, :COLUMNS]
    specks = random.randint(0, ROWS * COLUMNS, 260)
    for shift in (0, 1, COLUMNS):
        grey.flat[(specks + shift) % grey.size] = 90
    return np.clip(grey, 0, 255).astype(np.uint8)


def _blurred(values: NDArray[Any]) -> NDArray[Any]:
    """A (1 2 1) blur along the last axis."""
    padded = np.pad(values, ((0, 0), (1, 1)), mode="edge")
    return (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) // 4
