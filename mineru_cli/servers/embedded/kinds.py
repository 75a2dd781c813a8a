"""What a paragraph is: title, caption, running header, page number, footnote, list item, or plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mineru_cli.servers.embedded.geometry import Box
from mineru_cli.servers.embedded.page import Page
from mineru_cli.servers.embedded.paragraphs import Paragraph

NAMED = {
    "header": "header",
    "footer": "footer",
    "equation": "equation",
    "code": "code",
}
"""Kinds that are what the layout network calls them."""

LARGER = 1.18
MUCH_LARGER = 1.4
BOLDER = 1.2
EDGE = 0.125
"""Share of the page's height in which running headers and footers stand."""

NUMBER_EDGE = 0.15
"""The same for page numbers that nothing stands outside of."""

_NUMBER = re.compile(
    r"^\W*(?:(?:page|seite|p\.?|第)\s*)?(?:\d{1,4}|[ivxlc]{1,6})\s*页?(?:\s*(?:of|/|von|共)\s*\d{1,4}\s*页?)?\W*$",
    re.IGNORECASE,
)
_NO_TITLE = (":", "：", ",", "，", ";", "；", "、")
_CAPTION = re.compile(r"^\W*(?:fig(?:ure|\.)?|chart|abb(?:ildung|\.)?|图|圖)\s*[\dIVXS]", re.IGNORECASE)
_TABLE_CAPTION = re.compile(r"^\W*(?:tab(?:le|elle|\.)?|表)\s*[\dIVXSA]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Body:
    """What most of a page's text looks like: heights and strokes in pixels, by their middle value."""

    height: float
    stroke: float


def body_of(paragraphs: Sequence[Paragraph]) -> Body:
    """The look of the page's text, weighted by its length."""
    widths = [(p.height, p.stroke, line.level.width) for p in paragraphs for line in p.lines]
    if not widths:
        return Body(0.0, 0.0)
    return Body(_weighted([(h, w) for h, _, w in widths]), _weighted([(s, w) for _, s, w in widths]))


def _weighted(values: Sequence[tuple[float, float]]) -> float:
    ordered = sorted(values)
    half = sum(weight for _, weight in ordered) / 2
    for value, weight in ordered:
        half -= weight
        if half <= 0:
            return value
    return ordered[-1][0]


def name(paragraph: Paragraph, page: Page, body: Body, visuals: Sequence[tuple[str, Box]]) -> str:
    """MinerU's block type for a paragraph. ``visuals`` are the page's images and tables."""
    edge = _furniture(paragraph, page, body)
    if edge:
        return edge
    too_large = paragraph.kind in ("header", "footer") and paragraph.height > LARGER * body.height
    if paragraph.kind in NAMED and not too_large:
        return NAMED[paragraph.kind]
    caption = _caption(paragraph, page, visuals)
    if caption:
        return caption
    if paragraph.item:
        return "list_item"
    return "title" if _is_title(paragraph, page, body) else "text"


def _furniture(paragraph: Paragraph, page: Page, body: Body) -> str:
    """Page number, running header or footer, footnote; "" for none of them."""
    box = paragraph.box
    top, bottom = box.y1 < EDGE * page.height, box.y0 > (1 - EDGE) * page.height
    if _is_page_number(paragraph, page):
        return "page_number"
    if top and _cut_off(paragraph, page, below=True) and paragraph.height < LARGER * body.height:
        return "header"
    if bottom and _cut_off(paragraph, page, below=False):
        return "footer"
    return "page_footnote" if _is_footnote(paragraph, page, body) else ""


def _is_page_number(paragraph: Paragraph, page: Page) -> bool:
    """The first or last short line of the page, near its edge, that reads as a number."""
    box = paragraph.box
    if len(paragraph.lines) > 1 or box.width > 0.25 * page.width:
        return False
    if box.cy < NUMBER_EDGE * page.height:
        outer = not any(f.tight_box.y1 < box.y0 for f in page.fragments)
    elif box.cy > (1 - NUMBER_EDGE) * page.height:
        outer = not any(f.tight_box.y0 > box.y1 for f in page.fragments)
    else:
        return False
    return outer and bool(_NUMBER.match(page.peek(box).text))


def _cut_off(paragraph: Paragraph, page: Page, *, below: bool) -> bool:
    """A long ruling line parts the paragraph from the page, and nothing but its like stands outside."""
    box = paragraph.box
    for rule in page.rules.horizontal:
        gap = rule.cy - box.y1 if below else box.y0 - rule.cy
        if rule.width > 0.5 * page.width and 0 <= gap < 2.5 * paragraph.height:
            return True
    return False


def _is_footnote(paragraph: Paragraph, page: Page, body: Body) -> bool:
    """Smaller text in the lower half, below a short rule at its left edge."""
    box = paragraph.box
    if paragraph.height > 0.97 * body.height or box.cy < 0.5 * page.height:
        return False
    return any(
        0.08 * page.width < rule.width < 0.4 * page.width
        and rule.cy < box.y0 + 0.3 * paragraph.height
        and abs(rule.x0 - box.x0) < 3 * body.height
        and box.y0 - rule.cy < 0.25 * page.height
        and not any(
            r.box.y1 > rule.cy and r.box.overlap_x(rule) > 0 for r in page.labelled("table", "figure")
        )
        for rule in page.rules.horizontal
    )


def _caption(paragraph: Paragraph, page: Page, visuals: Sequence[tuple[str, Box]]) -> str:
    """Captions by the network's word or by their first letters, next to an image or a table."""
    near = [kind for kind, box in visuals if _adjoins(paragraph, box, page)]
    if not near or len(paragraph.lines) > 6:
        return ""
    if paragraph.kind == "table_caption" and "table" in near:
        return "table_caption"
    if paragraph.kind == "figure_caption" and "image" in near:
        return "image_caption"
    first = paragraph.lines[0].level
    line = paragraph.lines[0].box
    start = page.peek(Box(line.x0, line.y0, min(line.x1, line.x0 + 9 * first.height), line.y1)).text
    if _TABLE_CAPTION.match(start) and "table" in near:
        return "table_caption"
    return "image_caption" if _CAPTION.match(start) and "image" in near else ""


def _adjoins(paragraph: Paragraph, visual: Box, page: Page) -> bool:
    """Directly above or below, with no other text between."""
    box = paragraph.box
    gap = max(visual.y0 - box.y1, box.y0 - visual.y1)
    if gap > 3.5 * paragraph.height or box.overlap_x(visual) < 0.3 * min(box.width, visual.width):
        return False
    low, high = (box.y1, visual.y0) if box.cy < visual.cy else (visual.y1, box.y0)
    return not any(low < f.cy < high and f.tight_box.overlap_x(visual) > 0 for f in page.fragments)


def _is_title(paragraph: Paragraph, page: Page, body: Body) -> bool:
    """Short, and larger or bolder than the page's text; the network's word lowers the bar."""
    if len(paragraph.lines) > 3 or body.height == 0:
        return False
    larger = paragraph.height / body.height
    bolder = paragraph.stroke / body.stroke if body.stroke else 1.0
    weight = bolder / max(larger, 0.1)
    if paragraph.kind in ("title", "header"):
        found = larger > 1.12 or bolder > 1.18 or (larger > 1.04 and len(paragraph.lines) == 1)
    elif larger > LARGER:
        found = weight > 1.05 or (larger > MUCH_LARGER and bolder > 1.0)
    else:
        short = paragraph.level.width < 0.75 * page.width and len(paragraph.lines) <= 2
        found = short and weight > BOLDER and larger > 0.9
    return found and paragraph.level.width > 2.2 * paragraph.height and _reads_like_title(paragraph, page)


def _reads_like_title(paragraph: Paragraph, page: Page) -> bool:
    """It holds a letter, is not put in brackets, and does not end as a salutation or a list does."""
    first, last = paragraph.lines[0].box, paragraph.lines[-1].box
    start = page.peek(Box(first.x0, first.y0, min(first.x1, first.x0 + 12 * paragraph.height), first.y1)).text
    end = page.peek(Box(max(last.x0, last.x1 - 5 * paragraph.height), last.y0, last.x1, last.y1)).text
    return any(c.isalpha() for c in start) and start[:1] not in ("(", "（") and not end.endswith(_NO_TITLE)


def beside_numbers(kinds: Sequence[str], boxes: Sequence[Box], page_height: float) -> list[str]:
    """The kinds, with single lines in the row of a page number as running headers or footers."""
    numbers = [box for kind, box in zip(kinds, boxes, strict=True) if kind == "page_number"]
    result = []
    for kind, box in zip(kinds, boxes, strict=True):
        beside = any(box.overlap_y(n) > 0.5 * min(box.height, n.height) for n in numbers)
        if kind in ("text", "title") and beside and box.height < 1.6 * max(n.height for n in numbers):
            result.append("header" if box.cy < page_height / 2 else "footer")
        else:
            result.append(kind)
    return result
