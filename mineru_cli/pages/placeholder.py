"""Detects PDFs whose pages only ask to open the document in another program.

A dynamic XFA form keeps its pages as XML that only Adobe's programs lay out, a PDF portfolio keeps documents
as attachments. Their pages then read "Please wait ..." or invite to install Adobe Reader.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Any, Final

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from mineru_cli.errors import UnsupportedDocument

_MOST_PAGES = 2
_LONGEST_TEXT = 2_500
"""Maximum characters of a placeholder: in several languages it fills half a page."""
_MOST_BYTES = 64 * 1024**2
_MOST_INFLATED = 4 * 1024**2
_XFA: Final = (pdfium.FORMTYPE_XFA_FULL, pdfium.FORMTYPE_XFA_FOREGROUND)
_VIEWER = re.compile(r"adobe\W+(?:acrobat|reader)|acrobat\W+(?:reader|x\b|\d)")
_WAIT = re.compile(r"please\s+wait|bitte\s+warten|veuillez\s+patienter|espere|attendere")
_PORTFOLIO = re.compile(r"portfolio|portafolio|pdf\W+package|pdf-paket")
_COLLECTION = re.compile(rb"/Collection(?![A-Za-z])")
_OBJECT_STREAM = re.compile(rb"/ObjStm\b[^>]{0,300}>>\s*stream\r?\n")


def placeholder_of(document: Any, path: str) -> UnsupportedDocument | None:
    """The error for an open pypdfium2 document that is only a placeholder, None for any other."""
    xfa = pdfium.FPDF_GetFormType(document.raw) in _XFA
    attached = pdfium.FPDFDoc_GetAttachmentCount(document.raw)
    if not (xfa or attached) or not 1 <= len(document) <= _MOST_PAGES:
        return None
    text, fields = _first_page(document)
    if len(text) > _LONGEST_TEXT:
        return None
    if xfa and not fields and (_VIEWER.search(text) or _WAIT.search(text)):
        return UnsupportedDocument(
            "it is a dynamic XFA form: its only page asks for another viewer, the form itself is not on it",
            hint="open it in Adobe Reader, print it to a PDF, and convert that",
        )
    if attached > 0 and (_PORTFOLIO.search(text) or _VIEWER.search(text)) and _is_portfolio(path):
        return UnsupportedDocument(
            f"it is a PDF portfolio: its page is a cover, the documents are its {attached} attachments",
            hint="take them out, such as with 'pdfdetach -saveall', and convert those",
        )
    return None


def _first_page(document: Any) -> tuple[str, bool]:
    """The first page's text in lower case, and whether it has form fields."""
    page = pdfium.FPDF_LoadPage(document.raw, 0)
    if not page:
        return "", False
    try:
        return _text_of(page).casefold(), _has_fields(page)
    finally:
        pdfium.FPDF_ClosePage(page)


def _text_of(page: Any) -> str:
    text = pdfium.FPDFText_LoadPage(page)
    if not text:
        return ""
    try:
        count = min(max(pdfium.FPDFText_CountChars(text), 0), _LONGEST_TEXT + 1)
        codes = [pdfium.FPDFText_GetUnicode(text, number) for number in range(count)]
        return "".join(chr(code) for code in codes if 0 < code < 0x110000)
    finally:
        pdfium.FPDFText_ClosePage(text)


def _has_fields(page: Any) -> bool:
    for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
        note = pdfium.FPDFPage_GetAnnot(page, number)
        kind = pdfium.FPDFAnnot_GetSubtype(note)
        pdfium.FPDFPage_CloseAnnot(note)
        if kind == pdfium.FPDF_ANNOT_WIDGET:
            return True
    return False


def _is_portfolio(path: str) -> bool:
    """Whether the catalogue has a /Collection: pdfium does not report it, so the file is searched."""
    with Path(path).open("rb") as file:
        data = file.read(_MOST_BYTES)
    if _COLLECTION.search(data):
        return True
    return any(_COLLECTION.search(_inflated(data, found.end())) for found in _OBJECT_STREAM.finditer(data))


def _inflated(data: bytes, start: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(data[start : start + _MOST_INFLATED], _MOST_INFLATED)
    except zlib.error:
        return b""
