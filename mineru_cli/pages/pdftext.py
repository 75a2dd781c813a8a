"""Reads the text that a PDF page carries: pdfium's characters become words with places.

A word costs about ten calls into pdfium and a character three, so what can be told once a text object (its
font, whether it is drawn at all) is kept by object.
"""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from mineru_cli.pages.textlayer import TextLayer
from mineru_cli.pages.words import Word

_MOST_CHARS = 200_000
_SPACES = frozenset({0x00, 0x09, 0x0A, 0x0D, 0x20, 0xA0, 0x2028, 0x2029, 0x3000})
_BROKEN_HYPHEN = 0x02  # pdfium's own mark for a hyphen at a line's end
_LINE_ENDS = frozenset({0x0A, 0x0D, 0x2028, 0x2029, _BROKEN_HYPHEN})
_BREAKS = _SPACES | _LINE_ENDS
_ARABIC = range(0x600, 0x700)
_CANVAS = 1_000_000
_MATH_FONTS = (
    "CMMI",
    "CMSY",
    "CMEX",
    "MSAM",
    "MSBM",
    "EUFM",
    "RSFS",
    "MATH",
    "STIXSIZE",
    "MTSY",
    "MTMI",
    "MTEX",
)
_SCRIPT_SHIFT = 0.12
_NAME_BYTES = 128


def read_text(page: Any) -> TextLayer | None:
    """The words of a page (a pypdfium2 ``PdfPage``) in the file's order, None when it has none."""
    raw = pdfium.FPDFText_LoadPage(page.raw)
    if not raw:
        return None
    try:
        words = _Words(raw, _Sheet.of(page.raw)).read()
    finally:
        pdfium.FPDFText_ClosePage(raw)
    return TextLayer(tuple(words)) if words else None


@dataclass(frozen=True, slots=True)
class _Sheet:
    """From the page's own coordinates to shares of the page as displayed: x' = a x + c y + e, and so on."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    @classmethod
    def of(cls, page: Any) -> _Sheet:
        x, y = ctypes.c_int(), ctypes.c_int()

        def at(left: float, top: float) -> tuple[float, float]:
            pdfium.FPDF_PageToDevice(page, 0, 0, _CANVAS, _CANVAS, 0, left, top, x, y)
            return x.value / _CANVAS, y.value / _CANVAS

        span = 1_000.0
        (e, f), (right, down), (right2, down2) = at(0, 0), at(span, 0), at(0, span)
        return cls((right - e) / span, (down - f) / span, (right2 - e) / span, (down2 - f) / span, e, f)

    def point(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def quarter(self, angle: float) -> int:
        """Degrees, a multiple of 90, that text of this angle (radians) is turned by clockwise; -1 askew."""
        across, along = math.cos(angle), math.sin(angle)
        dx, dy = self.a * across + self.c * along, self.b * across + self.d * along
        turns = math.atan2(dy * abs(self.a + self.c), dx * abs(self.b + self.d)) / (math.pi / 2)
        return round(turns) % 4 * 90 if abs(turns - round(turns)) < 0.06 else -1


class _Words:
    def __init__(self, raw: Any, sheet: _Sheet) -> None:
        self._raw = raw
        self._sheet = sheet
        self._box = tuple(ctypes.c_double() for _ in range(4))
        self._origin = ctypes.c_double(), ctypes.c_double()
        self._loose = pdfium.FS_RECTF()
        self._objects: dict[int, tuple[bool, bool]] = {}
        self._line = 0
        self._words: list[Word] = []

    def read(self) -> list[Word]:
        raw, unicode_of = self._raw, pdfium.FPDFText_GetUnicode
        count = min(pdfium.FPDFText_CountChars(raw), _MOST_CHARS)
        codes = [unicode_of(raw, number) for number in range(count)]
        start = 0
        for number, code in enumerate(codes):
            if code in _BREAKS:
                self._add(start, codes[start:number], hyphen=code == _BROKEN_HYPHEN)
                self._line += code in _LINE_ENDS
                start = number + 1
        self._add(start, codes[start:])
        return self._words

    def _add(self, start: int, codes: list[int], *, hyphen: bool = False) -> None:
        """Add the word at ``start``. First and last character tell its box: all would double the cost."""
        if not codes:
            return
        raw, last = self._raw, start + len(codes) - 1
        box, other = self._char_box(start), self._char_box(last)
        if box is None or other is None:
            return
        x0, y0 = self._sheet.point(min(box[0], other[0]), max(box[3], other[3]))
        x1, y1 = self._sheet.point(max(box[1], other[1]), min(box[2], other[2]))
        quarter = self._sheet.quarter(pdfium.FPDFText_GetCharAngle(raw, start))
        drawn, mathematical = self._object(start)
        height = self._height(start)
        (x, y), (_, end_y) = self._char_origin(start), self._char_origin(last)
        self._words.append(
            Word(
                _text(self._in_order(start, codes)) + ("-" if hyphen else ""),
                (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)),
                line=self._line,
                baseline=self._sheet.point(x, y)[1],
                height=height * abs(self._sheet.d or self._sheet.b),
                quarter=quarter,
                drawn=drawn,
                mathematical=mathematical,
                raised=quarter == 0 and abs(y - end_y) > _SCRIPT_SHIFT * height,
                unmapped=pdfium.FPDFText_HasUnicodeMapError(raw, start) == 1,
            )
        )

    def _in_order(self, start: int, codes: list[int]) -> list[int]:
        """Arabic ligatures put right: pdfium turns the letters of one glyph round with the line."""
        if not any(code in _ARABIC for code in codes):
            return codes
        boxes = [self._char_box(start + number) for number in range(len(codes))]
        ordered: list[int] = []
        for _, run in groupby(zip(boxes, codes, strict=True), key=itemgetter(0)):
            glyph = [code for _, code in run]
            ordered += reversed(glyph) if all(code in _ARABIC for code in glyph) else glyph
        return ordered

    def _char_box(self, number: int) -> tuple[float, float, float, float] | None:
        left, right, bottom, top = self._box
        if not pdfium.FPDFText_GetCharBox(self._raw, number, left, right, bottom, top):
            return None
        return left.value, right.value, bottom.value, top.value

    def _char_origin(self, number: int) -> tuple[float, float]:
        x, y = self._origin
        pdfium.FPDFText_GetCharOrigin(self._raw, number, x, y)
        return x.value, y.value

    def _height(self, number: int) -> float:
        if not pdfium.FPDFText_GetLooseCharBox(self._raw, number, self._loose):
            return 0.0
        return abs(float(self._loose.top - self._loose.bottom))

    def _object(self, number: int) -> tuple[bool, bool]:
        found = pdfium.FPDFText_GetTextObject(self._raw, number)
        if not found:
            return True, False
        address = ctypes.cast(found, ctypes.c_void_p).value or 0
        if address not in self._objects:
            mode = pdfium.FPDFTextObj_GetTextRenderMode(found)
            drawn = mode not in (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
            self._objects[address] = (drawn, _is_mathematical(found))
        return self._objects[address]


def _font_name(text_object: Any) -> str:
    name = ctypes.create_string_buffer(_NAME_BYTES)
    if not pdfium.FPDFFont_GetBaseFontName(pdfium.FPDFTextObj_GetFont(text_object), name, _NAME_BYTES):
        return ""
    return name.value.decode("ascii", "replace").upper()


def _is_mathematical(text_object: Any) -> bool:
    name = _font_name(text_object).rpartition("+")[2]
    return name.startswith(_MATH_FONTS) or "MATH" in name


def _text(codes: list[int]) -> str:
    return "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)
