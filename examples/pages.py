"""Page templates: where the text goes, and the running headers and footers."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

WIDTH, HEIGHT = A4
OnPage = Callable[[Any, Any], None]


def render(story: list[Any], templates: list[PageTemplate], title: str) -> bytes:
    """The PDF of a story, the same bytes every time.

    No dates, no random ids, and no compression, because zlib's output differs by build.
    """
    out = BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        pageTemplates=templates,
        title=title,
        author="mineru-batch examples",
        invariant=1,
        pageCompression=0,
    )
    document.build(story)
    return out.getvalue()


def _frame(x: float, y: float, width: float, height: float) -> Frame:
    return Frame(x, y, width, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)


def single(margin: float, on_page: OnPage | None = None) -> list[PageTemplate]:
    """One column with equal margins (points) on every page."""
    frame = _frame(margin, margin, WIDTH - 2 * margin, HEIGHT - 2 * margin)
    return [PageTemplate("page", [frame], **({"onPage": on_page} if on_page else {}))]


def two_columns(header: str, head_height: float) -> list[PageTemplate]:
    """A first page with a head over both columns, then pages of two columns."""
    left, bottom, top, gap = 50, 56, HEIGHT - 60, 20
    width = (WIDTH - 2 * left - gap) / 2
    right = left + width + gap

    def on_page(canvas: Any, document: Any) -> None:
        canvas.setFont("Times-Italic", 8.5)
        canvas.drawString(left, HEIGHT - 42, header)
        canvas.setFont("Times-Roman", 9)
        canvas.drawCentredString(WIDTH / 2, 34, str(document.page + 116))

    under = top - head_height - bottom
    first = [
        _frame(left, top - head_height, WIDTH - 2 * left, head_height),
        _frame(left, bottom, width, under),
        _frame(right, bottom, width, under),
    ]
    later = [_frame(left, bottom, width, top - bottom), _frame(right, bottom, width, top - bottom)]
    return [
        PageTemplate("first", first, onPage=on_page, autoNextPageTemplate="later"),
        PageTemplate("later", later, onPage=on_page),
    ]


def running(header: str, footer: str, total: int) -> list[PageTemplate]:
    """One column with a header (not on the first page), a footer and `Page n of total`."""

    def on_page(canvas: Any, document: Any) -> None:
        canvas.setFont("Vera", 8)
        canvas.setLineWidth(0.5)
        if document.page > 1:
            canvas.drawString(57, HEIGHT - 46, header)
            canvas.line(57, HEIGHT - 52, WIDTH - 57, HEIGHT - 52)
        canvas.line(57, 54, WIDTH - 57, 54)
        canvas.drawString(57, 42, footer)
        canvas.drawRightString(WIDTH - 57, 42, f"Page {document.page} of {total}")

    return [PageTemplate("page", [_frame(57, 68, WIDTH - 114, HEIGHT - 68 - 66)], onPage=on_page)]
