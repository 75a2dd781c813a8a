"""Paragraph styles of the example documents, by document and style name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

Styles = dict[str, Any]

FONTS = Path(__file__).parent / "fonts"


def register_fonts() -> None:
    """Make the embedded fonts known: Vera ships with reportlab, the Chinese one lies in `fonts/`."""
    for name in ("Vera", "VeraBd"):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    pdfmetrics.registerFont(TTFont("MicroHei", str(FONTS / "wqy-microhei-subset.ttf")))


def _style(name: str, font: str, size: float, leading: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(
        name, fontName=font, fontSize=size, leading=leading, allowWidows=0, allowOrphans=0, **more
    )


def _heading(name: str, font: str, size: float, before: float, after: float, **more: Any) -> ParagraphStyle:
    return _style(name, font, size, size * 1.25, spaceBefore=before, spaceAfter=after, **more)


def paper(hyphenator: Callable[[str], Iterator[tuple[str, str]]]) -> Styles:
    """Times, justified and hyphenated, for narrow columns."""
    text = {"alignment": TA_JUSTIFY, "hyphenationLang": hyphenator, "hyphenationMinWordLength": 6}
    return {
        "paper-title": _style("t", "Times-Bold", 18, 22, alignment=TA_CENTER, spaceAfter=7),
        "authors": _style("au", "Times-Roman", 11, 14, alignment=TA_CENTER),
        "affiliation": _style("af", "Times-Italic", 9.5, 12, alignment=TA_CENTER, spaceAfter=7),
        "abstract-heading": _style("ah", "Times-Bold", 10, 13, alignment=TA_CENTER, spaceAfter=2),
        "abstract": _style("ab", "Times-Roman", 9.2, 11, leftIndent=40, rightIndent=40, **text),
        "heading-2": _heading("h2", "Times-Bold", 11, 7, 3),
        "body": _style("b", "Times-Roman", 9.8, 11.7, firstLineIndent=11, **text),
        "continued": _style("bc", "Times-Roman", 9.8, 11.7, **text),
        "caption": _style("c", "Times-Roman", 8.5, 10.2, spaceBefore=4, spaceAfter=8, alignment=TA_JUSTIFY),
        "reference": _style(
            "r", "Times-Roman", 8.6, 10.4, leftIndent=14, firstLineIndent=-14, spaceAfter=1.5
        ),
        "cell": _style("ce", "Times-Roman", 8.5, 10.4),
        "head-cell": _style("hc", "Times-Bold", 8.5, 10.4),
    }


def report() -> Styles:
    """Vera throughout."""
    bullet = {"bulletFontName": "Vera", "bulletFontSize": 11}
    return {
        "report-title": _style("t", "VeraBd", 24, 32, spaceAfter=24),
        "report-subtitle": _style("st", "Vera", 12, 19),
        "heading-2": _heading("h2", "VeraBd", 14.5, 22, 9),
        "heading-3": _heading("h3", "VeraBd", 11.8, 14, 6),
        "heading-4": _heading("h4", "VeraBd", 10, 10, 4),
        "body": _style("b", "Vera", 11, 18.4, alignment=TA_JUSTIFY, spaceAfter=9),
        "item": _style("i", "Vera", 11, 18.4, leftIndent=24, bulletIndent=6, spaceAfter=5, **bullet),
        "caption": _style("c", "Vera", 8.8, 12, spaceBefore=6, spaceAfter=12),
        "code": _style("co", "Courier", 9.4, 12.6, leftIndent=14, spaceBefore=4, spaceAfter=12),
        "cell": _style("ce", "Vera", 8.8, 11.6),
        "head-cell": _style("hc", "VeraBd", 8.8, 11.6),
    }


def invoice() -> Styles:
    """Helvetica, left aligned."""
    return {
        "invoice-title": _style("t", "Helvetica-Bold", 24, 30, spaceAfter=14, textColor="#1d4e6b"),
        "body": _style("b", "Helvetica", 10, 14, spaceBefore=6, spaceAfter=10),
        "address": _style("a", "Helvetica", 10, 14, spaceBefore=16, spaceAfter=14),
        "cell": _style("ce", "Helvetica", 9.6, 13),
        "head-cell": _style("hc", "Helvetica-Bold", 9.6, 13),
    }


def chinese() -> Styles:
    """Micro Hei, first lines indented by two characters."""
    han = {"wordWrap": "CJK"}
    return {
        "chinese-title": _style("t", "MicroHei", 19, 28, alignment=TA_CENTER, spaceAfter=20, **han),
        "chinese-flush": _style("f", "MicroHei", 12, 22, alignment=TA_LEFT, spaceAfter=4, **han),
        "chinese-heading": _style("h", "MicroHei", 14, 22, spaceBefore=10, spaceAfter=4, **han),
        "body": _style("b", "MicroHei", 12, 22, firstLineIndent=24, spaceAfter=4, **han),
        "chinese-signature": _style("s", "MicroHei", 12, 22, alignment=TA_RIGHT, spaceBefore=24, **han),
        "item": _style("i", "MicroHei", 12, 22, leftIndent=40, bulletIndent=24, bulletFontSize=12, **han),
    }
