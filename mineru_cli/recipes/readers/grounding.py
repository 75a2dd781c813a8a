"""Replies in which kind and box precede each block: DeepSeek-OCR, DeepSeek-OCR-2, Unlimited-OCR.

Two forms: ``<|ref|>title<|/ref|><|det|>[[x0, y0, x1, y1]]<|/det|>`` before the content on the next lines, and
``<|det|>title [x0, y0, x1, y1]<|/det|>`` right before it. Content before the first mark is text too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mineru_cli.domain.block import BBox, Block
from mineru_cli.recipes.mineru_blocks import display_equation
from mineru_cli.recipes.readers.markdown import MarkdownReader, markdown_blocks
from mineru_cli.recipes.readers.reader import WHOLE_PAGE, SeenPage, Upright, unless_empty

_BOXES = r"\[{1,2}([\d\s,.\[\]]{1,400}?)\]{1,2}"
_MARK = re.compile(
    r"<\|ref\|>(?P<ref>[^<>|]{0,200})<\|/ref\|>\s{0,4}<\|det\|>\s{0,4}" + _BOXES + r"\s{0,4}<\|/det\|>"
    r"|<\|det\|>\s{0,4}(?P<label>[A-Za-z_ ]{1,40}?)\s{0,4}" + _BOXES + r"\s{0,4}<\|/det\|>"
)
_TOKEN = re.compile(r"<\|/?(?:ref|det|grounding)\|>")
_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,6})?")
_KINDS = {
    "title": "paragraph_title", "sub_title": "paragraph_title", "image": "image", "figure": "image",
    "chart": "chart", "image_caption": "image_caption", "figure_caption": "image_caption",
    "table_caption": "table_caption", "table_footnote": "table_footnote", "header": "header",
    "footer": "footer", "page_number": "page_number", "footnote": "page_footnote", "equation": "equation",
    "formula": "equation", "table": "table", "code": "code", "aside_text": "aside_text",
}  # fmt: skip
"""Labels other than "text"."""


class GroundingReader(Upright):
    """See ``Reader``."""

    def usable(self, text: str) -> bool:
        """See ``Reader``: without marks the reply is plain Markdown."""
        return True

    def blocks(self, text: str, seen: SeenPage, most_blocks: int) -> list[Block]:
        """See ``Reader``."""
        marks = list(_MARK.finditer(text))
        if not marks:
            return MarkdownReader().blocks(_TOKEN.sub("", text), seen, most_blocks)
        found: list[Block] = []
        before = _TOKEN.sub("", text[: marks[0].start()]).strip()
        found.extend(_placed(markdown_blocks(before, most_blocks), WHOLE_PAGE))
        ends = [*(mark.start() for mark in marks[1:]), len(text)]
        for mark, end in zip(marks, ends, strict=True):
            if len(found) >= most_blocks:
                break
            content = _TOKEN.sub("", text[mark.end() : end]).strip()
            label = (mark["ref"] or mark["label"] or "").strip().lower().replace(" ", "_")
            found.extend(_block(label, _hull(mark[2] or mark[4] or "", seen), content, most_blocks))
        return found[:most_blocks]


def _block(label: str, place: BBox, content: str, most_blocks: int) -> Iterator[Block]:
    kind = _KINDS.get(label, "text")
    if kind in ("image", "chart"):
        yield Block(kind, place, 0, content or None)
    elif kind == "equation":
        yield from unless_empty(Block(kind, place, 0, display_equation(content)))
    elif kind in ("text", "table", "code"):
        yield from _placed(markdown_blocks(content, most_blocks), place)
    else:
        level = len(content) - len(content.lstrip("#"))
        kind = "doc_title" if label == "title" and level <= 1 else kind
        yield from unless_empty(Block(kind, place, 0, " ".join(content.lstrip("# ").split())))


def _placed(blocks: list[Block], place: BBox) -> Iterator[Block]:
    return (replace(block, bbox=place) for block in blocks)


def _hull(numbers: str, seen: SeenPage) -> BBox:
    """The bounding box of all boxes of a mark: a block over two columns has several."""
    coordinates = [float(number) for number in _NUMBER.findall(numbers)]
    boxes = [box for at in range(0, len(coordinates) - 3, 4) if (box := seen.bbox(coordinates[at : at + 4]))]
    if not boxes:
        return WHOLE_PAGE
    left, top, right, bottom = zip(*boxes, strict=True)
    return (min(left), min(top), max(right), max(bottom))
