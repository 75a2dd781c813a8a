"""Takes Qwen2.5-VL's document HTML apart.

Elements carry ``data-bbox="x0 y0 x1 y1"`` in pixels of the picture the model saw. The HTML may be broken or
hostile: lxml repairs and bounds its depth, and only what is known here is taken over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from mineru_cli.domain.block import BBox, Block
from mineru_cli.recipes.tables import plain_table
from mineru_cli.recipes.whole_page import WHOLE_PAGE, display_equation

_PLACE = re.compile(r"""data-bbox\s*=\s*["']?\s*\d""")
_NUMBER = re.compile(r"-?\d{1,6}(?:\.\d{1,6})?")
_FENCE = re.compile(r"\A\s{0,20}```\w{0,20}\s{0,20}|```\s{0,20}\Z")
_TAG = re.compile(r"<[^<>]{0,200}>")
_TEXT_TAGS = {
    "h1": "doc_title", "h2": "paragraph_title", "h3": "paragraph_title", "h4": "paragraph_title",
    "h5": "paragraph_title", "h6": "paragraph_title", "p": "text", "blockquote": "text", "address": "text",
    "header": "header", "footer": "footer", "aside": "aside_text", "figcaption": "image_caption",
    "caption": "table_caption",
}  # fmt: skip
_DROPPED = frozenset({"script", "style", "head", "title", "meta", "link", "template", "iframe", "object"})
_INLINE = frozenset(
    {"a", "b", "i", "em", "strong", "span", "sub", "sup", "br", "u", "s", "code", "font", "small", "mark"}
)


def shows_places(text: str) -> bool:
    """Whether the reply can be used: it places something, or it is an empty body."""
    return bool(_PLACE.search(text)) or not _inside_body(text)


def blocks_of(text: str, size: tuple[int, int], most_blocks: int) -> list[Block]:
    """The blocks of a reply in its order. ``size`` is width and height of the picture the model saw."""
    import lxml.html
    from lxml import etree

    try:
        root = lxml.html.document_fromstring(_FENCE.sub("", text))
    except (etree.LxmlError, ValueError):
        return []
    etree.strip_elements(root, etree.Comment, etree.ProcessingInstruction, *_DROPPED, with_tail=False)
    for line_break in root.iter("br"):
        line_break.text = "\n"
    return list(islice(_Walk(size).blocks(root, WHOLE_PAGE), most_blocks))


def _inside_body(text: str) -> str:
    return _TAG.sub("", _FENCE.sub("", text)).strip()


class _Walk:
    """Walks the tree; ``where`` is the place of the nearest element that tells one."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size

    def blocks(self, element: Any, where: BBox) -> Iterator[Block]:
        tag = element.tag
        where = self._place(element) or where
        if tag in _TEXT_TAGS and not self._holds_blocks(element):
            yield from _text_block(_TEXT_TAGS[tag], where, element)
        elif tag == "table":
            yield from self._table(element, where)
        elif tag in ("ul", "ol"):
            yield from self._list(element, where, numbered=tag == "ol")
        elif tag in ("pre", "textarea"):
            yield from _some(Block("code", where, 0, _raw_text(element)))
        elif tag == "img":
            yield Block("image", where, 0)
        elif tag in ("div", "figure", "section") and (kind := _kind_of_box(element, tag)):
            yield from self._box(element, where, kind)
        else:
            yield from self._children(element, where)

    def _children(self, element: Any, where: BBox) -> Iterator[Block]:
        """Loose text and inline markup between blocks become text blocks, so that none is lost."""
        loose = [element.text or ""]
        for child in element:
            if child.tag in _INLINE and self._place(child) is None:
                loose += [_text(child), child.tail or ""]
                continue
            yield from _loose_block(loose, where)
            yield from self.blocks(child, where)
            loose = [child.tail or ""]
        yield from _loose_block(loose, where)

    def _holds_blocks(self, element: Any) -> bool:
        return any(
            child.tag not in _INLINE and self._place(child) is not None for child in element.iterdescendants()
        )

    def _table(self, element: Any, where: BBox) -> Iterator[Block]:
        import lxml.html

        for caption in element.iter("caption"):
            yield from _text_block("table_caption", self._place(caption) or where, caption)
        html = plain_table(lxml.html.tostring(element, encoding="unicode", with_tail=False))
        yield from _some(Block("table", where, 0, html))

    def _list(self, element: Any, where: BBox, *, numbered: bool) -> Iterator[Block]:
        yield Block("list", where, 0)
        items = [child for child in element if child.tag == "li"]
        for number, item in enumerate(items, 1):
            mark = f"{number}. " if numbered else "- "
            text = _text(item)
            if text:
                yield Block("list_item", self._place(item) or where, 0, mark + text)

    def _box(self, element: Any, where: BBox, kind: str) -> Iterator[Block]:
        """A ``div`` of a known class: the picture and what the model wrote for it."""
        if kind == "equation":
            yield from _some(Block("equation", where, 0, display_equation(_text(element))))
            return
        if kind in ("code", "header", "footer", "page_number"):
            content = _raw_text(element) if kind == "code" else _text(element)
            yield from _some(Block(kind, where, 0, content))
            return
        picture = next(element.iter("img"), None)
        place = (self._place(picture) if picture is not None else None) or where
        yield Block(kind, place, 0)
        for child in element:
            if child.tag != "img":
                for block in self.blocks(child, where):
                    yield _as_caption(block) if block.type == "text" else block

    def _place(self, element: Any) -> BBox | None:
        given = element.get("data-bbox")
        numbers = [float(number) for number in _NUMBER.findall(given[:100])] if given else []
        if len(numbers) != 4:
            return None
        width, height = self._size
        x0, x1 = sorted(min(1.0, max(0.0, x / width)) for x in (numbers[0], numbers[2]))
        y0, y1 = sorted(min(1.0, max(0.0, y / height)) for y in (numbers[1], numbers[3]))
        return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _kind_of_box(element: Any, tag: str) -> str:
    words = set((element.get("class") or "").lower().split())
    if words & {"formula", "equation"} and "chemical" not in words:
        return "equation"
    for kind in ("chart", "code", "header", "footer"):
        if kind in words:
            return kind
    if words & {"page-number", "page_number"}:
        return "page_number"
    if words & {"image", "figure", "picture", "music", "chemical"} or tag == "figure":
        return "image"
    return ""


def _as_caption(block: Block) -> Block:
    return Block("image_caption", block.bbox, block.angle, block.content)


def _text_block(kind: str, where: BBox, element: Any) -> Iterator[Block]:
    return _some(Block(kind, where, 0, _text(element)))


def _loose_block(parts: list[str], where: BBox) -> Iterator[Block]:
    return _some(Block("text", where, 0, " ".join("".join(parts).split())))


def _some(block: Block) -> Iterator[Block]:
    if block.content:
        yield block


def _text(element: Any) -> str:
    return " ".join(_raw_text(element).split())


def _raw_text(element: Any) -> str:
    return "".join(element.itertext()).strip()
