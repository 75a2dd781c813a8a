"""Replies in DocTags: granite-docling and SmolDocling.

Each block is an element with four ``<loc_N>`` tokens (left, top, right, bottom, 0-500) before its content;
tables are OTSL. A reply may end anywhere: an unclosed element extends to the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mineru_cli.domain.block import BBox, Block
from mineru_cli.recipes.mineru_blocks import display_equation
from mineru_cli.recipes.readers.markdown import markdown_blocks
from mineru_cli.recipes.readers.reader import WHOLE_PAGE, SeenPage, Upright
from mineru_cli.recipes.tables import OTSL_CELL, plain_table_of_otsl

_KINDS = {
    "text": "text", "paragraph": "text", "title": "doc_title", "list_item": "list_item",
    "caption": "image_caption", "footnote": "page_footnote", "formula": "equation",
    "page_header": "header", "page_footer": "footer", "code": "code", "picture": "image", "chart": "chart",
    "otsl": "table", "table": "table", "document_index": "table", "checkbox_selected": "text",
    "checkbox_unselected": "text", "smiles": "text", "reference": "ref_text",
}  # fmt: skip
_NAMES = "|".join([*_KINDS, r"section_header_level_\d"])
_OPEN = re.compile(rf"<({_NAMES}|ordered_list|unordered_list)>")
_ELEMENT = re.compile(rf"<(?:{_NAMES})>")
_PLACE = re.compile(r"\s{0,4}<loc_(\d{1,4})>\s?<loc_(\d{1,4})>\s?<loc_(\d{1,4})>\s?<loc_(\d{1,4})>")
_CAPTION = re.compile(r"<caption>(.{0,5000}?)(?:</caption>|\Z)", re.DOTALL)
_TOKEN = re.compile(r"</?[a-z_][\w#+-]{0,60}>", re.IGNORECASE)
_HEADER_CELL = re.compile(r"<(?:ched|rhed|srow)>")
_HAS_MARK = re.compile(r"\A(?:[-*•·◦▪]|\(?\w{1,3}[.)])\s")
_WITH_CAPTION = frozenset({"picture", "chart", "otsl", "table", "document_index", "code"})
_INSIDE = frozenset({"<caption>", "<otsl>", "<table>"})
_BOXES = {"checkbox_selected": "☑ ", "checkbox_unselected": "☐ "}


class DocTagsReader(Upright):
    """See ``Reader``."""

    def usable(self, text: str) -> bool:
        """See ``Reader``: an element of DocTags, or nothing."""
        return not _TOKEN.sub("", text).strip() or bool(_OPEN.search(text))

    def blocks(self, text: str, seen: SeenPage, most_blocks: int) -> list[Block]:
        """See ``Reader``."""
        found: list[Block] = []
        for block in _Walk(text, seen).blocks():
            if len(found) == most_blocks:
                break
            found.append(block)
        return found


class _Walk:
    """Walks a reply once, element by element."""

    def __init__(self, text: str, seen: SeenPage) -> None:
        self._text = text
        self._seen = seen
        self._item = 0
        self._numbered = False

    def blocks(self) -> Iterator[Block]:
        at = 0
        while found := _OPEN.search(self._text, at):
            yield from _loose(self._text[at : found.start()])
            if found[1].endswith("ordered_list"):
                self._numbered, self._item = found[1] == "ordered_list", 0
                at = found.end()
                continue
            body, at = self._body(found[1], found.end())
            yield from self._element(found[1], body)
        yield from _loose(self._text[at:])

    def _body(self, name: str, start: int) -> tuple[str, int]:
        """An element's content, and the position after it."""
        closing = f"</{name}>"
        end = self._text.find(closing, start)
        last = end if end >= 0 else len(self._text)
        # The start of the next element that cannot be inside this one.
        for found in _ELEMENT.finditer(self._text, start, last):
            if name not in _WITH_CAPTION or found[0] not in _INSIDE:
                return self._text[start : found.start()], found.start()
        return self._text[start:last], last + len(closing) if end >= 0 else last

    def _element(self, name: str, body: str) -> Iterator[Block]:
        kind = _KINDS.get(name, "paragraph_title")
        place = self._place(body)
        if name in _WITH_CAPTION and (caption := _CAPTION.search(body)):
            owner = {"image": "image_caption", "chart": "image_caption", "code": "code_caption"}
            where = self._place(caption[1]) if _PLACE.match(caption[1]) else place
            yield from _some(owner.get(kind, "table_caption"), where, _plain(caption[1]))
            body = body[: caption.start()] + body[caption.end() :]
        if kind in ("image", "chart"):
            yield Block(kind, place, 0)
            yield from _table(body, place) if OTSL_CELL.search(body) else _some("text", place, _plain(body))
        elif kind == "table":
            yield from _table(body, place)
        elif kind == "equation":
            yield from _some(kind, place, display_equation(_plain(body)))
        elif kind == "code":
            yield from _some(kind, place, _TOKEN.sub("", body).strip("\n"))
        else:
            yield from _some(kind, place, self._marked(name, _plain(body)))

    def _marked(self, name: str, text: str) -> str:
        if name in _BOXES:
            return _BOXES[name] + text
        if name != "list_item" or not text:
            return text
        self._item += 1
        if _HAS_MARK.match(text):
            return text
        return f"{self._item}. {text}" if self._numbered else f"- {text}"

    def _place(self, body: str) -> BBox:
        found = _PLACE.match(body)
        return (self._seen.bbox([float(n) for n in found.groups()]) if found else None) or WHOLE_PAGE


def _table(body: str, place: BBox) -> Iterator[Block]:
    otsl = _HEADER_CELL.sub("<fcel>", re.sub(r"<loc_\d{1,4}>|</?(?:otsl|table)>", "", body))
    first = OTSL_CELL.search(otsl)
    if first is None:
        yield from _some("text", place, _plain(body))
        return
    yield from _some("text", place, _plain(otsl[: first.start()]))
    yield from _some("table", place, plain_table_of_otsl(otsl[first.start() :].strip()))


def _loose(text: str) -> Iterator[Block]:
    """Text outside of all elements."""
    plain = _TOKEN.sub(" ", text).strip()
    if plain:
        yield from markdown_blocks(plain, 100)


def _plain(body: str) -> str:
    return " ".join(_TOKEN.sub(" ", body).split())


def _some(kind: str, place: BBox, content: str) -> Iterator[Block]:
    if content:
        yield Block(kind, place, 0, content)
