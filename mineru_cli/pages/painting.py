"""The painting order of a page: later objects cover earlier ones."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from mineru_cli.pages.page_objects import (
    IDENTITY,
    MOST_OBJECTS,
    CharBox,
    Matrix,
    address_of,
    fill_colour,
    font_name,
    page_objects,
)

_LEAST_SIDE = 2.0
"""Points. A thinner object is a line, and covers no word."""

_STANDARD = ("Helvetica", "Times", "Courier", "Symbol", "ZapfDingbats", "Arial")
_MOST_SEGMENTS = 1_000
_OPAQUE = 0.8 * 255
_NO_COVER = frozenset(
    {
        pdfium.FPDF_ANNOT_LINK,
        pdfium.FPDF_ANNOT_POPUP,
        pdfium.FPDF_ANNOT_UNDERLINE,
        pdfium.FPDF_ANNOT_STRIKEOUT,
    }
)


@dataclass(frozen=True, slots=True)
class Cover:
    """An object that may hide what was painted before it. ``box`` is in the page's own coordinates.

    ``path`` is set for filled areas, and None for pictures, gradients and annotations.
    """

    order: int
    box: CharBox
    picture: bool
    path: Any = None

    def is_opaque(self) -> bool:
        """Whether nothing shows through, judging by the colour's alpha."""
        colour = fill_colour(self.path) if self.path is not None else None
        return colour is None or colour[3] >= _OPAQUE


def survey(page: Any) -> tuple[list[Cover], dict[int, int]]:
    """The covers of a loaded page, and the painting order of each text object by its ``address_of``.

    Covers are pictures, and the filled areas and annotations after the first text.
    """
    found: list[Cover] = []
    orders: dict[int, int] = {}
    text, picture = pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_IMAGE
    for order, (thing, kind, matrix) in enumerate(page_objects(page)):
        if kind == text:
            orders[address_of(thing)] = order
        elif (orders or kind == picture) and (cover := _cover(thing, kind, matrix, order)) is not None:
            found.append(cover)
    found.extend(_annotations(page))
    return found, orders


def clip_box(page_object: Any) -> CharBox | None:
    """The bounding box of an object's clip path, None when it is not clipped."""
    clip = pdfium.FPDFPageObj_GetClipPath(page_object)
    count = pdfium.FPDFClipPath_CountPaths(clip) if clip else 0
    x, y = ctypes.c_float(), ctypes.c_float()
    hull: CharBox | None = None
    for path in range(max(0, count)):
        across, up = [], []
        for number in range(min(pdfium.FPDFClipPath_CountPathSegments(clip, path), _MOST_SEGMENTS)):
            segment = pdfium.FPDFClipPath_GetPathSegment(clip, path, number)
            if pdfium.FPDFPathSegment_GetPoint(segment, x, y):
                across.append(x.value)
                up.append(y.value)
        if across:
            box = min(across), max(across), min(up), max(up)
            hull = box if hull is None else _common(hull, box)
    return hull


def _common(one: CharBox, two: CharBox) -> CharBox:
    return max(one[0], two[0]), min(one[1], two[1]), max(one[2], two[2]), min(one[3], two[3])


def _cover(thing: Any, kind: int, matrix: Matrix, order: int) -> Cover | None:
    box = _bounds(thing, matrix)
    if box is None or box[1] - box[0] < _LEAST_SIDE or box[3] - box[2] < _LEAST_SIDE:
        return None
    if kind != pdfium.FPDF_PAGEOBJ_PATH:
        return Cover(order, box, kind == pdfium.FPDF_PAGEOBJ_IMAGE)
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(thing, fill, stroke)
    return Cover(order, box, False, thing) if fill.value != pdfium.FPDF_FILLMODE_NONE else None


def _bounds(thing: Any, matrix: Matrix) -> CharBox | None:
    left, bottom, right, top = ctypes.c_float(), ctypes.c_float(), ctypes.c_float(), ctypes.c_float()
    if not pdfium.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
        return None
    x0, y0, x1, y1 = left.value, bottom.value, right.value, top.value
    if matrix is IDENTITY:
        return x0, x1, y0, y1
    a, b, c, d, e, f = matrix
    corners = [(x, y) for x in (x0, x1) for y in (y0, y1)]
    across = [a * x + c * y + e for x, y in corners]
    up = [b * x + d * y + f for x, y in corners]
    return min(across), max(across), min(up), max(up)


def lacks_fonts(page: Any) -> bool:
    """Whether a loaded page has text in a font that is neither embedded nor a standard one."""
    known: dict[int, bool] = {}
    for thing, kind, _ in page_objects(page):
        if kind != pdfium.FPDF_PAGEOBJ_TEXT or not (font := pdfium.FPDFTextObj_GetFont(thing)):
            continue
        address = address_of(font)
        if address not in known:
            known[address] = not (
                pdfium.FPDFFont_GetIsEmbedded(font) or font_name(font).startswith(_STANDARD)
            )
            if known[address]:
                return True
    return False


def _annotations(page: Any) -> Iterator[Cover]:
    rect = pdfium.FS_RECTF()
    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page), MOST_OBJECTS)):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        if pdfium.FPDFAnnot_GetSubtype(annotation) not in _NO_COVER and pdfium.FPDFAnnot_GetRect(
            annotation, rect
        ):
            yield Cover(MOST_OBJECTS + number, (rect.left, rect.right, rect.bottom, rect.top), False)
        pdfium.FPDFPage_CloseAnnot(annotation)
