"""Types of paragraphs: title, caption, running header, page number, footnote, list item, or plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.layout.page import UprightPage
from mineru_cli.embedded.layout.paragraphs import TextParagraph

LARGER = 1.18
MUCH_LARGER = 1.4
TWICE = 2.0
"""A number higher than this, relative to the body text, is not a page number."""

BOLDER = 1.2
EDGE = 0.125
"""Share of the page's height in which running headers and footers stand."""

NUMBER_EDGE = 0.2
"""The same for page numbers that have no text between them and the page's edge."""

APART = 1.3
"""Minimum white space between the text and a running header or footer, in line heights."""

WIDER = 1.5
"""Factor by which that white space also exceeds the usual one between paragraphs."""

IMPRINT_APART, IMPRINT_WIDER = 0.7, 1.2
"""The same for words that publishers print: the last entry of a list may have an address in it, too."""

OUTER, OUTER_TYPE, OUTER_LINES = 0.07, 1.1, 15
"""Share of the page's height at its edges where a line apart from the text does not belong to it; the maximum
height of the line relative to the text; the minimum number of runs of text on the page."""

LEAST_LINES = 5
"""A page with fewer lines is a cover or a slide: it has no running headers or footers."""

_PUBLISHER = re.compile(
    r"\bdownload(?:ed)?\s+(?:from|by|on|date)|\bopen access\b|freely available online|all rights reserved"
    r"|^\W*(?:©|\(c\)\s*(?:copyright\b|(?:19|20)\d\d\b)|copyright\b)|\bdoi\s*:|\bdoi\.org/|\bissn\b|^\W*arxiv:"
    r"|\b(?:page|seite|página|pagina|strana|sida|side)\s+\d+\s*(?:of|/|von|de|di|sur|z|av|af)\s*\d+\b",
    re.IGNORECASE,
)
"""Words that publishers print at the edges of pages."""

_NUMBER = re.compile(
    r"^\W*(?:(?:page|seite|p\.?|第)\s*)?(?:\d{1,4}|[ivxlc]{1,6})\s*页?(?:\s*(?:of|/|von|共)\s*\d{1,4}\s*页?)?\W*$",
    re.IGNORECASE,
)
_LEADERS = re.compile(r"(?:\.\s?){6,}|…{3,}")
_LED_END = re.compile(r"\d|\.\s?\.|…")
"""How a line with dot leaders may end: only then is all of it recognised."""

LED = 12.0
"""Line heights from which on a line is worth looking for dots that lead to a number."""

_FOOTNOTE = re.compile(r"^\s*(?:\d{1,3}|[*†‡§¹²³])")
_NO_TITLE = (":", "：", ",", "，", ";", "；", "、")
_CAPTION = re.compile(r"^\W*(?:fig(?:ure|\.)?|chart|abb(?:ildung|\.)?|图|圖)\s*[\dIVXS]", re.IGNORECASE)
_TABLE_CAPTION = re.compile(r"^\W*(?:tab(?:le|elle|\.)?|表)\s*[\dIVXSA]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Body:
    """The appearance of most of a page's text: median heights and stroke widths in pixels.

    ``white`` is the usual white space between a paragraph and the next one below, in pixels; 0 for few
    paragraphs.
    """

    height: float
    stroke: float
    white: float = 0.0


def body_of(paragraphs: Sequence[TextParagraph]) -> Body:
    """The appearance of the page's text, weighted by its length."""
    widths = [(p.height, p.stroke, line.level.width) for p in paragraphs for line in p.lines]
    if not widths:
        return Body(0.0, 0.0)
    height, stroke = _weighted([(h, w) for h, _, w in widths]), _weighted([(s, w) for _, s, w in widths])
    return Body(height, stroke, _usual_white([p.level for p in paragraphs]))


def _usual_white(boxes: Sequence[Box]) -> float:
    whites = []
    for box in boxes:
        below = [b.y0 - box.y1 for b in boxes if b.y0 >= box.y1 and b.overlap_x(box) > 0]
        whites += [min(below)] if below else []
    return median(whites) if len(whites) > 2 else 0.0


def _weighted(values: Sequence[tuple[float, float]]) -> float:
    ordered = sorted(values)
    half = sum(weight for _, weight in ordered) / 2
    for value, weight in ordered:
        half -= weight
        if half <= 0:
            return value
    return ordered[-1][0]


def classify_block(
    paragraph: TextParagraph, page: UprightPage, body: Body, visuals: Sequence[tuple[str, Box]]
) -> str:
    """MinerU's block type for a paragraph. ``visuals`` are the page's images and tables."""
    edge = _furniture(paragraph, page, body, visuals)
    if edge:
        return edge
    if paragraph.kind == "code":
        return "code"
    caption = _caption(paragraph, page, visuals)
    if caption:
        return caption
    if paragraph.item:
        return "list_item"
    return "title" if _is_title(paragraph, page, body) else "text"


def _furniture(
    paragraph: TextParagraph, page: UprightPage, body: Body, visuals: Sequence[tuple[str, Box]]
) -> str:
    """Page number, running header or footer, or footnote; "" for other paragraphs."""
    if paragraph.height < TWICE * body.height and _is_page_number(paragraph, page):
        return "page_number"
    if paragraph.height < LARGER * body.height:
        top = paragraph.box.y1 < EDGE * page.height
        bottom = paragraph.box.y0 > (1 - EDGE) * page.height
        if (top or bottom) and _is_running(paragraph, page, body, visuals, below=top):
            return "header" if top else "footer"
    return "page_footnote" if _is_footnote(paragraph, page, body) else ""


def _is_running(
    paragraph: TextParagraph,
    page: UprightPage,
    body: Body,
    visuals: Sequence[tuple[str, Box]],
    *,
    below: bool,
) -> bool:
    """A rule separates it from the page, or white space does and the network agrees.

    Running headers are left out of the text, so the network's label alone is not enough: it labels the
    caption of a table at the top of a page as a header, and a title in small type.
    """
    beside = [box for _, box in visuals if _adjoins(paragraph, box, page)]
    if _shares_band(paragraph, page):
        return False
    if any(abs(box.cx - paragraph.box.cx) < 2 * paragraph.height for box in beside):
        return False
    if beside and _begins_caption(paragraph, page):
        return False
    if _cut_off(paragraph, page, beside, below=below):
        return True
    if len(page.fragments) < LEAST_LINES:
        return False
    white = _white_towards_text(paragraph, page, below=below)
    if (
        len(paragraph.lines) < 3
        and white > max(IMPRINT_APART * paragraph.height, IMPRINT_WIDER * body.white)
        and _PUBLISHER.search(page.peek(paragraph.lines[0].box).text)
    ):
        return True
    named = paragraph.kind == ("header" if below else "footer") or _is_outermost(paragraph, page, body)
    return named and not beside and white > max(APART * paragraph.height, WIDER * body.white)


def _shares_band(paragraph: TextParagraph, page: UprightPage) -> bool:
    """It stands on a coloured band below or above other text, like the authors below a title."""
    box = paragraph.box
    return any(
        f.tight_box.share_in(band) > 0.5 and f.tight_box.overlap_y(box) <= 0
        for band in page.bands
        if box.share_in(band) > 0.5
        for f in page.fragments
    )


def _is_outermost(paragraph: TextParagraph, page: UprightPage, body: Body) -> bool:
    """One line of ordinary type at the very edge of a page of text."""
    box = paragraph.box
    edge = box.y1 < OUTER * page.height or box.y0 > (1 - OUTER) * page.height
    plain = paragraph.height < OUTER_TYPE * body.height and len(paragraph.lines) == 1
    return edge and plain and len(page.fragments) >= OUTER_LINES


def _white_towards_text(paragraph: TextParagraph, page: UprightPage, *, below: bool) -> float:
    """White space up to the next text further inside the page, in pixels; 0 where there is no text."""
    box = paragraph.box
    whites = [
        text.y0 - box.y1 if below else box.y0 - text.y1
        for text in (f.tight_box for f in page.fragments)
        if (text.cy > box.cy) == below and text.overlap_y(box) <= 0.3 * min(text.height, box.height)
    ]
    return min(whites, default=0.0)


def _is_page_number(paragraph: TextParagraph, page: UprightPage) -> bool:
    """The first or last short line of the page, near its edge, whose text is a number."""
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


def _cut_off(paragraph: TextParagraph, page: UprightPage, beside: Sequence[Box], *, below: bool) -> bool:
    """A long ruling line, not one of a table next to it, separates the paragraph from the page.

    The edges of a coloured band that the paragraph stands on do not.
    """
    box = paragraph.box
    if any(box.share_in(band) > 0.5 for band in page.bands):
        return False
    for rule in page.rules.horizontal:
        if any(rule.share_in(visual.grown(4, 4)) > 0.5 for visual in beside):
            continue
        gap = rule.cy - box.y1 if below else box.y0 - rule.cy
        if rule.width > 0.5 * page.width and 0 <= gap < 2.5 * paragraph.height:
            return True
    return False


def _is_footnote(paragraph: TextParagraph, page: UprightPage, body: Body) -> bool:
    """Text in the lower half, below a short rule at its left edge, that is smaller or begins with a mark."""
    box = paragraph.box
    if box.cy < 0.5 * page.height or paragraph.height > LARGER * body.height:
        return False
    below_rule = any(
        0.08 * page.width < rule.width < 0.4 * page.width
        and rule.cy < box.y0 + 0.3 * paragraph.height
        and abs(rule.x0 - box.x0) < 3 * body.height
        and box.y0 - rule.cy < 0.25 * page.height
        and not any(
            r.box.y1 > rule.cy and r.box.overlap_x(rule) > 0 for r in page.labelled("table", "figure")
        )
        for rule in page.rules.horizontal
    )
    if not below_rule or _between_rules(box, page):
        return False
    return paragraph.height <= 0.97 * body.height or bool(_FOOTNOTE.match(_start_of(paragraph, page, 5)))


def _between_rules(box: Box, page: UprightPage) -> bool:
    """Rules of one extent above and below, as around an algorithm."""
    above = [r for r in page.rules.horizontal if r.cy < box.y0 + 2 and r.overlap_x(box) > 0]
    below = [r for r in page.rules.horizontal if r.cy > box.y1 - 2 and r.overlap_x(box) > 0]
    return any(abs(a.x0 - b.x0) < 4 and abs(a.x1 - b.x1) < 4 for a in above for b in below)


def _start_of(paragraph: TextParagraph, page: UprightPage, heights: float) -> str:
    """The recognised text of the beginning of the first line, a few line heights wide."""
    box = paragraph.lines[0].box
    return page.peek(Box(box.x0, box.y0, min(box.x1, box.x0 + heights * paragraph.height), box.y1)).text


def _begins_caption(paragraph: TextParagraph, page: UprightPage) -> bool:
    start = _start_of(paragraph, page, 9)
    return bool(_TABLE_CAPTION.match(start) or _CAPTION.match(start))


def _caption(paragraph: TextParagraph, page: UprightPage, visuals: Sequence[tuple[str, Box]]) -> str:
    """The caption type, by the network's label or the first letters, next to an image or a table; else ""."""
    near = [kind for kind, box in visuals if _adjoins(paragraph, box, page)]
    if not near or len(paragraph.lines) > 6:
        return ""
    if paragraph.kind == "table_caption" and "table" in near:
        return "table_caption"
    if paragraph.kind == "figure_caption" and "image" in near:
        return "image_caption"
    start = _start_of(paragraph, page, 9)
    if _TABLE_CAPTION.match(start) and "table" in near:
        return "table_caption"
    return "image_caption" if _CAPTION.match(start) and "image" in near else ""


def _adjoins(paragraph: TextParagraph, visual: Box, page: UprightPage) -> bool:
    """Directly above or below it, without other text between them."""
    box = paragraph.box
    gap = max(visual.y0 - box.y1, box.y0 - visual.y1)
    if gap > 3.5 * paragraph.height or box.overlap_x(visual) < 0.3 * min(box.width, visual.width):
        return False
    low, high = (box.y1, visual.y0) if box.cy < visual.cy else (visual.y1, box.y0)
    return not any(low < f.cy < high and f.tight_box.overlap_x(visual) > 0 for f in page.fragments)


def _is_title(paragraph: TextParagraph, page: UprightPage, body: Body) -> bool:
    """Short, and larger or bolder than the page's text; the network's label lowers the thresholds."""
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


def _reads_like_title(paragraph: TextParagraph, page: UprightPage) -> bool:
    """It has a letter, is not in brackets, and does not end like a salutation or a list's introduction.

    A line with dot leaders is an entry of a table of contents or of a price list.
    """
    last = paragraph.lines[-1].box
    end = page.peek(Box(max(last.x0, last.x1 - 5 * paragraph.height), last.y0, last.x1, last.y1)).text
    led = last.width > LED * paragraph.height and (page.in_layer or _LED_END.search(end))
    if led and _LEADERS.search(page.peek(last).text):
        return False
    start = _start_of(paragraph, page, 12)
    return any(c.isalpha() for c in start) and start[:1] not in ("(", "（") and not end.endswith(_NO_TITLE)


def with_a_body(kinds: Sequence[str]) -> list[str]:
    """The types; on a page without other text, running headers and footers become its text."""
    bare = all(kind in ("header", "footer", "page_number") for kind in kinds)
    return ["text" if bare and kind != "page_number" else kind for kind in kinds]


def beside_numbers(kinds: Sequence[str], boxes: Sequence[Box], page_height: float) -> list[str]:
    """The types; single lines in the row of a page number become running headers or footers."""
    numbers = [box for kind, box in zip(kinds, boxes, strict=True) if kind == "page_number"]
    result = []
    for kind, box in zip(kinds, boxes, strict=True):
        beside = any(box.shares_row(n) for n in numbers)
        if kind in ("text", "title") and beside and box.height < 1.6 * max(n.height for n in numbers):
            result.append("header" if box.cy < page_height / 2 else "footer")
        else:
            result.append(kind)
    return result
