"""Reads identity, properties and places of pdfium's page objects."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

CharBox = tuple[float, float, float, float]
"""Left, right, bottom, top in the page's own coordinates."""

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)

MOST_OBJECTS = 100_000
_FORM_DEPTH = 4
_NAME_BYTES = 128
_CANVAS = 1_000_000


@dataclass(frozen=True, slots=True)
class PageTransform:
    """From a page's own coordinates to shares of the page as displayed: x' = a x + c y + e, and so on."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    @classmethod
    def of(cls, page: Any) -> PageTransform:
        """That of a loaded page."""
        x, y = ctypes.c_int(), ctypes.c_int()

        def at(left: float, top: float) -> tuple[float, float]:
            pdfium.FPDF_PageToDevice(page, 0, 0, _CANVAS, _CANVAS, 0, left, top, x, y)
            return x.value / _CANVAS, y.value / _CANVAS

        span = 1_000.0
        (e, f), (right, down), (right2, down2) = at(0, 0), at(span, 0), at(0, span)
        return cls((right - e) / span, (down - f) / span, (right2 - e) / span, (down2 - f) / span, e, f)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point in points as shares of the page, from its upper left corner."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def quarter(self, angle: float) -> int:
        """Degrees, a multiple of 90, that text of this angle (radians) is turned by clockwise; -1 askew."""
        across, along = math.cos(angle), math.sin(angle)
        dx, dy = self.a * across + self.c * along, self.b * across + self.d * along
        turns = math.atan2(dy * abs(self.a + self.c), dx * abs(self.b + self.d)) / (math.pi / 2)
        return round(turns) % 4 * 90 if abs(turns - round(turns)) < 0.06 else -1


def address_of(handle: Any) -> int:
    """The identity of a pdfium object."""
    return ctypes.addressof(handle.contents)


def fill_colour(page_object: Any) -> tuple[int, int, int, int] | None:
    """Red, green, blue and alpha of a page object's fill, None when it is not a plain colour."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not pdfium.FPDFPageObj_GetFillColor(page_object, red, green, blue, alpha):
        return None
    return red.value, green.value, blue.value, alpha.value


def is_optional(page_object: Any) -> bool:
    """Whether it belongs to optional content, which viewers may hide."""
    for number in range(pdfium.FPDFPageObj_CountMarks(page_object)):
        mark, name, size = (
            pdfium.FPDFPageObj_GetMark(page_object, number),
            ctypes.create_unicode_buffer(4),
            ctypes.c_ulong(),
        )
        buffer = ctypes.cast(name, ctypes.POINTER(ctypes.c_ushort))
        pdfium.FPDFPageObjMark_GetName(mark, buffer, 8, size)
        if bytes(name)[:4] == "OC".encode("utf-16-le"):
            return True
    return False


def font_name(font: Any) -> str:
    """The font's name in the file, without the subset prefix."""
    name = ctypes.create_string_buffer(_NAME_BYTES)
    if not pdfium.FPDFFont_GetBaseFontName(font, name, _NAME_BYTES):
        return ""
    return name.value.decode("utf-8", "replace").rpartition("+")[2]


def page_objects(page: Any) -> Iterator[tuple[Any, int, Matrix]]:
    """All objects except forms, which are traversed, each with the transformation of its coordinates."""
    # Nested forms multiply: a page of a few kilobytes can hold an astronomical number of objects.
    left = MOST_OBJECTS
    kind_of, form = pdfium.FPDFPageObj_GetType, pdfium.FPDF_PAGEOBJ_FORM
    count, get = pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject
    stack: list[tuple[Any, Any, int, int, Matrix]] = [(page, get, 0, count(page), IDENTITY)]
    while stack and left:
        holder, get, number, end, matrix = stack.pop()
        while number < end and left:
            thing = get(holder, number)
            kind = kind_of(thing)
            number += 1
            left -= 1
            if kind != form:
                yield thing, kind, matrix
            elif len(stack) < _FORM_DEPTH:
                stack.append((holder, get, number, end, matrix))
                holder, get, number = thing, pdfium.FPDFFormObj_GetObject, 0
                end, matrix = pdfium.FPDFFormObj_CountObjects(thing), _joined(_matrix_of(thing), matrix)


def _matrix_of(form: Any) -> Matrix:
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(form, matrix):
        return IDENTITY
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _joined(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )
