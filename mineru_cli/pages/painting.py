"""What a page paints, in the order in which it does: later things cover earlier ones."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from mineru_cli.pages.pdftext import CharBox, address_of, fill_colour, font_name

_FORM_DEPTH = 4
_MOST_OBJECTS = 100_000
_LEAST_SIDE = 2.0
"""Points. What is thinner is a line, and covers no word."""

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

_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1, 0, 0, 1, 0, 0)


@dataclass(frozen=True, slots=True)
class Cover:
    """Something that may hide what was painted before it. ``box`` is in the page's own coordinates."""

    order: int
    box: CharBox
    picture: bool


def covers(page: Any) -> list[Cover]:
    """Pictures of a loaded page, and filled areas and annotations that come after its first text."""
    found: list[Cover] = []
    text_seen = False
    for order, (thing, kind, matrix) in enumerate(_objects(page)):
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            text_seen = True
        else:
            picture = kind == pdfium.FPDF_PAGEOBJ_IMAGE
            if (text_seen or picture) and (box := _covered(thing, kind, matrix)) is not None:
                found.append(Cover(order, box, picture))
    found.extend(_annotations(page))
    return found


def text_orders(page: Any) -> dict[int, int]:
    """The order of each text object, by what ``address_of`` gives for it."""
    return {
        address_of(thing): order
        for order, (thing, kind, _) in enumerate(_objects(page))
        if kind == pdfium.FPDF_PAGEOBJ_TEXT
    }


def clip_box(page_object: Any) -> CharBox | None:
    """The hull of the area that an object is painted in, None when it is not clipped."""
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


def _covered(thing: Any, kind: int, matrix: _Matrix) -> CharBox | None:
    if kind == pdfium.FPDF_PAGEOBJ_PATH:
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(thing, fill, stroke)
        if fill.value == pdfium.FPDF_FILLMODE_NONE:
            return None
    box = _bounds(thing, matrix)
    if box is None or box[1] - box[0] < _LEAST_SIDE or box[3] - box[2] < _LEAST_SIDE:
        return None
    colour = fill_colour(thing) if kind == pdfium.FPDF_PAGEOBJ_PATH else None
    return box if colour is None or colour[3] >= _OPAQUE else None


def _bounds(thing: Any, matrix: _Matrix) -> CharBox | None:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
        return None
    a, b, c, d, e, f = matrix
    corners = [(x.value, y.value) for x in (left, right) for y in (bottom, top)]
    across = [a * x + c * y + e for x, y in corners]
    up = [b * x + d * y + f for x, y in corners]
    return min(across), max(across), min(up), max(up)


def lacks_fonts(page: Any) -> bool:
    """Whether text of a loaded page is in a font that is not embedded and not one of the standard ones."""
    known: dict[int, bool] = {}
    for thing, kind, _ in _objects(page):
        if kind != pdfium.FPDF_PAGEOBJ_TEXT or not (font := pdfium.FPDFTextObj_GetFont(thing)):
            continue
        address = address_of(font)
        if address not in known:
            known[address] = not pdfium.FPDFFont_GetIsEmbedded(font) and not _is_standard(font_name(font))
            if known[address]:
                return True
    return False


def _is_standard(name: str) -> bool:
    return name.startswith(_STANDARD)


def _annotations(page: Any) -> Iterator[Cover]:
    rect = pdfium.FS_RECTF()
    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page), _MOST_OBJECTS)):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        if pdfium.FPDFAnnot_GetSubtype(annotation) not in _NO_COVER and pdfium.FPDFAnnot_GetRect(
            annotation, rect
        ):
            yield Cover(_MOST_OBJECTS + number, (rect.left, rect.right, rect.bottom, rect.top), False)
        pdfium.FPDFPage_CloseAnnot(annotation)


def _objects(page: Any) -> Iterator[tuple[Any, int, _Matrix]]:
    """All objects but forms, which are gone through themselves, and where their coordinates lie."""
    # Forms inside forms multiply: a page of a few kilobytes can hold more objects than anybody can count.
    left = _MOST_OBJECTS
    kind_of, form = pdfium.FPDFPageObj_GetType, pdfium.FPDF_PAGEOBJ_FORM
    count, get = pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject
    stack: list[tuple[Any, Any, int, int, _Matrix]] = [(page, get, 0, count(page), _IDENTITY)]
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


def _matrix_of(form: Any) -> _Matrix:
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(form, matrix):
        return _IDENTITY
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _joined(first: _Matrix, then: _Matrix) -> _Matrix:
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
