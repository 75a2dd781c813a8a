"""Levels of headings: by their numbering, otherwise by their size. 1 is the title, 6 the deepest."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from mineru_cli.output.elements import Part
from mineru_cli.output.geometry import height, width
from mineru_cli.output.prose import fold, is_cjk

_DEEPEST = 6
_DECIMAL = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,5})\.?[\s、](?=\s*\S)")
_LETTERED = re.compile(r"[A-Z]((?:\.\d{1,3}){1,5})\.?\s")
_FIXED = (
    (re.compile(r"[IVX]{1,5}\.\s"), 2),
    (re.compile(r"(?:(?:Chapter|Part)\s+[\dA-ZIVX]{1,5}|Appendix)\b", re.IGNORECASE), 2),
    (re.compile(r"第[一二三四五六七八九十百\d]{1,4}[章篇编]"), 2),
    (re.compile(r"第[一二三四五六七八九十百\d]{1,4}节"), 3),
    (re.compile(r"[一二三四五六七八九十]{1,3}、"), 2),
    (re.compile(r"[(（][一二三四五六七八九十]{1,3}[)）]"), 3),
)
_SMALLER = 0.8
_EQUAL = 0.95
_LINE_SPACING = 1.25


def numbered_level(text: str) -> int | None:
    """The level of a heading by its numbering ("2 Method" is 2, "2.1 Data" is 3); None without one."""
    if match := _DECIMAL.match(text):
        return min(match[1].count(".") + 2, _DEEPEST)
    if match := _LETTERED.match(text):
        return min(match[1].count(".") + 2, _DEEPEST)
    return next((level for pattern, level in _FIXED if pattern.match(text)), None)


@dataclass(slots=True)
class Levels:
    """Assigns each heading of a document its level, in reading order.

    An unnumbered heading is the title when it is the first heading of the first page, or, on a later page, as
    large as the title and larger than the sections. Otherwise it is a section, or a level deeper if clearly
    smaller than the first one. Boxes show sizes to a tenth or so.
    """

    title: float | None = None
    title_page: int = 0
    section: float | None = None

    def level(self, part: Part) -> int:
        """Level of the next heading."""
        text = fold(part.content)
        size = type_size(text, part)
        if part.block.type == "doc_title":
            if self.title is None:
                self.title, self.title_page = size, part.page
            return 1
        numbered = numbered_level(text)
        if numbered is not None:
            if numbered == 2:
                self.section = self.section or size
            return numbered
        unheaded = self.title is None and self.section is None
        if unheaded and part.block.type == "title" and part.page == 0:
            self.title = size
            return 1
        return self._by_size(part, size)

    def _by_size(self, part: Part, size: float) -> int:
        as_title = self.title is not None and part.page > self.title_page and size >= self.title * _EQUAL
        if as_title and (self.section is None or self.section < size * _SMALLER):
            return 1
        if self.section is None:
            self.section = size
            return 2
        return 3 if size < self.section * _SMALLER else 2


def type_size(text: str, part: Part) -> float:
    """Rough size of a heading's type in points: a tall box may be one large line or two smaller ones."""
    box = part.block.bbox
    tall, wide = height(box) * part.size[1], width(box) * part.size[0]
    if part.block.angle in (90, 270):
        tall, wide = wide, tall
    ems = sum(1.0 if is_cjk(char) else 0.5 for char in text)
    for lines in range(1, 6):
        size = tall / (lines * _LINE_SPACING)
        if math.ceil(ems * size / max(wide, 1.0) - 0.25) <= lines:
            return size
    return tall / (6 * _LINE_SPACING)
