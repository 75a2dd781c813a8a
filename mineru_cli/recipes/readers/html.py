"""Replies in HTML whose elements carry their boxes: Qwen2.5-VL, Qwen3-VL, chandra, surya.

Elements have ``data-bbox="x0 y0 x1 y1"``, in pixels of the picture that was sent or on a scale, and with
chandra and surya ``data-label`` as well. The HTML may be broken or hostile: lxml repairs it and bounds its
depth, and only known elements are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from mineru_cli.domain.block import BBox, Block
from mineru_cli.recipes.mineru_blocks import display_equation
from mineru_cli.recipes.readers.captions import name_captions
from mineru_cli.recipes.readers.reader import WHOLE_PAGE, SeenPage, Upright, unless_empty
from mineru_cli.recipes.tables import plain_table

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
    {
        "a", "b", "i", "em", "strong", "span", "sub", "sup", "br", "u", "s", "code", "font", "small", "mark",
        "del", "big", "chem", "math", "input",
    }
)  # fmt: skip
_LABELS = {
    "caption": "caption", "footnote": "page_footnote", "equation-block": "equation",
    "chemical-block": "equation", "page-header": "header", "page-footer": "footer", "image": "image",
    "figure": "image", "diagram": "image", "picture": "image", "code-block": "code",
    "section-header": "paragraph_title", "bibliography": "ref_text",
}  # fmt: skip
"""Kinds by ``data-label``. For other labels the tags inside decide."""


class HtmlReader(Upright):
    """See ``Reader``."""

    def usable(self, text: str) -> bool:
        """See ``Reader``: an element has a box, or the body is empty."""
        return bool(_PLACE.search(text)) or not _inside_body(text)

    def blocks(self, text: str, seen: SeenPage, most_blocks: int) -> list[Block]:
        """See ``Reader``."""
        import lxml.html
        from lxml import etree

        try:
            root = lxml.html.document_fromstring(_FENCE.sub("", text))
        except (etree.LxmlError, ValueError):
            plain = " ".join(_inside_body(text).split())
            return [Block("text", WHOLE_PAGE, 0, plain)] if plain else []
        etree.strip_elements(root, etree.Comment, etree.ProcessingInstruction, *_DROPPED, with_tail=False)
        _write_out(root)
        return name_captions(list(islice(_HtmlWalk(seen).blocks(root, WHOLE_PAGE), most_blocks)))


def _inside_body(text: str) -> str:
    return _TAG.sub("", _FENCE.sub("", text)).strip()


def _write_out(root: Any) -> None:
    """Convert markup where only text is kept: line breaks, formulas, checkboxes."""
    for line_break in root.iter("br"):
        line_break.text = "\n"
    for formula in root.iter("math"):
        if latex := "".join(formula.itertext()).strip():
            for child in list(formula):
                formula.remove(child)
            formula.text = f"$${latex}$$" if _is_display(formula) else f"${latex}$"
    for field in root.iter("input"):
        if (field.get("type") or "").lower() in ("checkbox", "radio"):
            field.text = "☑ " if field.get("checked") is not None else "☐ "


def _is_display(formula: Any) -> bool:
    return (formula.get("display") or "").lower() == "block"


class _HtmlWalk:
    """Walks the tree; ``where`` is the box of the nearest element that has one."""

    def __init__(self, seen: SeenPage) -> None:
        self._seen = seen

    def blocks(self, element: Any, where: BBox) -> Iterator[Block]:
        tag = element.tag
        where = self._place(element) or where
        label = (element.get("data-label") or "").strip().lower()
        if label in _LABELS:
            yield from self._labelled(element, where, _LABELS[label])
        elif tag in _TEXT_TAGS and not self._holds_blocks(element):
            yield from _text_block(_TEXT_TAGS[tag], where, element)
        elif tag == "table":
            yield from self._table(element, where)
        elif tag in ("ul", "ol"):
            yield from self._list(element, where, numbered=tag == "ol")
        elif tag in ("pre", "textarea"):
            yield from unless_empty(Block("code", where, 0, _raw_text(element)))
        elif tag == "math":
            yield from unless_empty(Block("equation", where, 0, display_equation(_raw_text(element))))
        elif tag == "img":
            yield Block("image", where, 0)
        elif tag in ("div", "figure", "section") and (kind := _kind_of_box(element, tag)):
            yield from self._box(element, where, kind)
        else:
            yield from self._children(element, where)

    def _labelled(self, element: Any, where: BBox, kind: str) -> Iterator[Block]:
        """An element with a label. The model's description of a picture is kept as its content."""
        if kind == "image":
            picture = next(element.iter("img"), None)
            text = " ".join(filter(None, [picture.get("alt") if picture is not None else "", _text(element)]))
            yield Block("image", where, 0, " ".join(text.split()) or None)
        elif kind == "equation":
            yield from unless_empty(Block("equation", where, 0, display_equation(_raw_text(element))))
        elif kind == "code":
            yield from unless_empty(Block("code", where, 0, _raw_text(element)))
        elif kind == "paragraph_title":
            first = next((child for child in element.iter("h1")), None)
            yield from _text_block("doc_title" if first is not None else kind, where, element)
        elif kind == "ref_text":
            entries = list(element.iter("li", "p")) or [element]
            for entry in entries:
                yield from _text_block("ref_text", self._place(entry) or where, entry)
        else:
            yield from _text_block(kind, where, element)

    def _children(self, element: Any, where: BBox, *, pictures: bool = True) -> Iterator[Block]:
        """Loose text and inline markup between blocks become text blocks, so that none is lost."""
        loose = [element.text or ""]
        for child in element:
            if child.tag == "img" and not pictures:
                loose += [" ", child.tail or ""]
                continue
            if child.tag in _INLINE and self._place(child) is None and not self._is_equation(child):
                loose += [_text(child), child.tail or ""]
                continue
            yield from _loose_block(loose, where)
            yield from self.blocks(child, where)
            loose = [child.tail or ""]
        yield from _loose_block(loose, where)

    def _is_equation(self, element: Any) -> bool:
        return element.tag == "math" and _is_display(element)

    def _holds_blocks(self, element: Any) -> bool:
        return any(
            child.tag not in _INLINE and self._place(child) is not None for child in element.iterdescendants()
        )

    def _table(self, element: Any, where: BBox) -> Iterator[Block]:
        import lxml.html

        for caption in element.iter("caption"):
            yield from _text_block("table_caption", self._place(caption) or where, caption)
        html = plain_table(lxml.html.tostring(element, encoding="unicode", with_tail=False))
        yield from unless_empty(Block("table", where, 0, html))

    def _list(self, element: Any, where: BBox, *, numbered: bool) -> Iterator[Block]:
        yield Block("list", where, 0)
        yield from _loose_block([element.text or ""], where)
        number = 0
        for child in element:
            if child.tag == "li":
                number += 1
                mark = f"{number}. " if numbered else "- "
                if text := _text(child):
                    yield Block("list_item", self._place(child) or where, 0, mark + text)
            else:
                yield from self.blocks(child, where)
            yield from _loose_block([child.tail or ""], where)

    def _box(self, element: Any, where: BBox, kind: str) -> Iterator[Block]:
        """A ``div`` of a known class: the picture and the text that the model wrote for it."""
        if kind == "equation":
            yield from unless_empty(Block("equation", where, 0, display_equation(_text(element))))
            return
        if kind in ("code", "header", "footer", "page_number"):
            content = _raw_text(element) if kind == "code" else _text(element)
            yield from unless_empty(Block(kind, where, 0, content))
            return
        picture = next(element.iter("img"), None)
        place = (self._place(picture) if picture is not None else None) or where
        yield Block(kind, place, 0)
        for block in self._children(element, where, pictures=False):
            yield replace(block, type="image_caption") if block.type == "text" else block

    def _place(self, element: Any) -> BBox | None:
        bbox = element.get("data-bbox")
        numbers = [float(number) for number in _NUMBER.findall(bbox[:100])] if bbox else []
        return self._seen.bbox(numbers)


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


def _text_block(kind: str, where: BBox, element: Any) -> Iterator[Block]:
    return unless_empty(Block(kind, where, 0, _text(element)))


def _loose_block(parts: list[str], where: BBox) -> Iterator[Block]:
    return unless_empty(Block("text", where, 0, " ".join("".join(parts).split())))


def _text(element: Any) -> str:
    return " ".join(_raw_text(element).split())


def _raw_text(element: Any) -> str:
    return "".join(element.itertext()).strip()
