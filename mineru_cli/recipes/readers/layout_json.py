"""Replies in JSON, one object per block with ``bbox``, ``category`` and ``text``: dots.ocr, Infinity-Parser2.

A reply may be truncated, wrapped in a fence or in another object, or broken in the middle: every object that
can be decoded is taken, and of the others the text is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mineru_cli.domain.block import BBox, Block
from mineru_cli.recipes.mineru_blocks import display_equation
from mineru_cli.recipes.readers.captions import name_captions
from mineru_cli.recipes.readers.markdown import markdown_blocks
from mineru_cli.recipes.readers.reader import WHOLE_PAGE, SeenPage, Upright

_KINDS = {
    "caption": "caption", "figure_caption": "image_caption", "table_caption": "table_caption",
    "formula_caption": "text", "footnote": "page_footnote", "page_footnote": "page_footnote",
    "figure_footnote": "image_footnote", "table_footnote": "table_footnote", "formula": "equation",
    "list-item": "list_item", "page-footer": "footer", "footer": "footer", "page-header": "header",
    "header": "header", "picture": "image", "figure": "image", "section-header": "paragraph_title",
    "table": "table", "text": "text", "title": "doc_title",
}  # fmt: skip
_TEXT_AT_END = re.compile(r'"text"\s{0,4}:\s{0,4}"((?:[^"\\]|\\.){0,200000})', re.DOTALL)
_BBOX_AT_END = re.compile(r'"bbox"\s{0,4}:\s{0,4}\[([\d\s,.]{1,200})\]')
_CATEGORY_AT_END = re.compile(r'"category"\s{0,4}:\s{0,4}"([A-Za-z_-]{1,40})"')
_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,6})?")
_ESCAPES = {"n": "\n", "t": "\t", "r": "", "b": "", "f": ""}
_ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)


class LayoutJsonReader(Upright):
    """See ``Reader``."""

    def usable(self, text: str) -> bool:
        """See ``Reader``: it has an object with a text or a box, or is empty."""
        return not text.strip() or '"bbox"' in text or '"text"' in text or text.strip() in ("[]", "{}")

    def blocks(self, text: str, seen: SeenPage, most_blocks: int) -> list[Block]:
        """See ``Reader``."""
        found: list[Block] = []
        for item in _items(text):
            if len(found) >= most_blocks:
                break
            found.extend(_block(item, seen, most_blocks))
        return name_captions(found[:most_blocks])


def _items(text: str) -> Iterator[dict[str, Any]]:
    """Every object with a box or a text, at any depth; what cannot be decoded is searched."""
    decoder = json.JSONDecoder(strict=False)
    at = min((place for place in (text.find("["), text.find("{")) if place >= 0), default=-1)
    if at < 0:
        if plain := text.strip():
            yield {"text": plain}
        return
    try:
        first, at = decoder.raw_decode(text, at)
    except (ValueError, RecursionError):
        first = None
    yield from _within(first)
    yield from _one_by_one(text, at, decoder)


def _one_by_one(text: str, at: int, decoder: json.JSONDecoder) -> Iterator[dict[str, Any]]:
    """The objects of a broken list, or one per line: what cannot be decoded is searched for its text."""
    while (start := text.find("{", at)) >= 0:
        try:
            item, at = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = text.find('{"bbox"', start + 1)
            end = len(text) if end < 0 else end
            yield from _salvaged(text[start:end])
            at = end
            continue
        yield from _within(item)


def _salvaged(text: str) -> Iterator[dict[str, Any]]:
    match = _TEXT_AT_END.search(text)
    box, category = _BBOX_AT_END.search(text), _CATEGORY_AT_END.search(text)
    if match is None and box is None:
        return
    yield {
        "text": _unescaped(match[1]) if match else "",
        "bbox": [float(number) for number in _NUMBER.findall(box[1])] if box else None,
        "category": category[1] if category else "",
    }


def _unescaped(text: str) -> str:
    def plain(found: re.Match[str]) -> str:
        what = found[1]
        return chr(int(what[1:], 16)) if len(what) == 5 else _ESCAPES.get(what, what)

    # Characters beyond the basic plane are escaped as two surrogates.
    return _ESCAPED.sub(plain, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _within(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "bbox" in value or "text" in value:
            yield value
        elif depth < 6:
            for inner in value.values():
                yield from _within(inner, depth + 1)
    elif isinstance(value, list) and depth < 6:
        for inner in value:
            yield from _within(inner, depth + 1)
    elif isinstance(value, str) and value.strip():
        yield {"text": value}


def _block(item: dict[str, Any], seen: SeenPage, most_blocks: int) -> Iterator[Block]:
    place = _place(item.get("bbox"), seen)
    kind = _KINDS.get(str(item.get("category") or "").strip().lower().replace(" ", "-"), "text")
    text = item.get("text")
    content = text.strip() if isinstance(text, str) else ""
    if kind == "image":
        yield Block("image", place, 0, content or None)
    elif not content:
        return
    elif kind == "equation":
        yield Block("equation", place, 0, display_equation(content))
    elif kind in ("doc_title", "paragraph_title"):
        level = len(content) - len(content.lstrip("#"))
        yield Block(
            "paragraph_title" if level > 1 else kind, place, 0, " ".join(content.lstrip("# ").split())
        )
    elif kind in ("text", "table"):
        yield from (replace(block, bbox=place) for block in markdown_blocks(content, most_blocks))
    else:
        yield Block(kind, place, 0, " ".join(content.split()))


def _place(bbox: Any, seen: SeenPage) -> BBox:
    if isinstance(bbox, str):
        bbox = [float(number) for number in _NUMBER.findall(bbox[:200])]
    if isinstance(bbox, list) and all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in bbox):
        numbers = [float(number) for number in bbox if abs(number) < 1e9]
        return seen.bbox(numbers) or WHOLE_PAGE
    return WHOLE_PAGE
