"""MinerU's ``_content_list.json`` and ``_model.json`` as blocks.

An item with ``"extra": true`` is mineru-batch's additional text: text of the page that MinerU drops.

Both files are untrusted: every value is validated.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mineru_cli.quality.blocks import Box, ComparedBlock, Kind, Page
from mineru_cli.quality.sources.markdown_blocks import markdown_blocks

_ASIDE = frozenset({"header", "footer", "page_number", "aside_text", "page_footnote", "discarded"})
_FORMULAS = frozenset({"equation", "interline_equation", "isolated_equation"})
_IMAGES = frozenset({"image", "chart", "seal"})
_FENCED = re.compile(r"(?P<fence>`{3,}|~{3,})[^\n]*\n(?P<code>.*?)\n?(?P=fence)", re.DOTALL)
_ALGORITHM = re.compile(r"\s*<(?:div|pre|p|table)\b", re.IGNORECASE)
_LINE_END = re.compile(r"<br\s*/?>|</(?:div|p|tr|li|pre)>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


def content_list_pages(items: Any) -> tuple[Page, ...]:
    """Pages of a content list, by ``page_idx``. Raises ``ValueError`` if it is not a list."""
    if not isinstance(items, list):
        raise ValueError("the content list is not a list")
    pages: dict[int, list[ComparedBlock]] = {}
    for item in items:
        if isinstance(item, dict):
            index = item.get("page_idx")
            blocks = pages.setdefault(index if isinstance(index, int) and index >= 0 else 0, [])
            extra = item.get("extra") is True
            blocks.extend(replace(block, extra=True) if extra else block for block in _item_blocks(item))
    return tuple(Page(index, tuple(pages[index])) for index in sorted(pages))


def failed_pages(items: Any) -> tuple[int, ...]:
    """Pages that the writer marked as not converted."""
    marked = (item for item in items if isinstance(item, dict) and item.get("failure"))
    return tuple(sorted({item["page_idx"] for item in marked if isinstance(item.get("page_idx"), int)}))


def model_pages(pages: Any) -> tuple[Page, ...]:
    """Pages of a model list. Raises ``ValueError`` if it is not one list of blocks per page."""
    if not isinstance(pages, list) or not all(isinstance(page, list) for page in pages):
        raise ValueError("the model list is not a list of pages")
    return tuple(
        Page(index, tuple(_model_block(item) for item in page if isinstance(item, dict)))
        for index, page in enumerate(pages)
    )


def _item_blocks(item: Mapping[str, Any]) -> Iterator[ComparedBlock]:
    kind, box = _text(item.get("type")), _box(item.get("bbox"), 1)
    if kind in _ASIDE:
        yield ComparedBlock(Kind.ASIDE, kind, _text(item.get("text")), box=box)
    elif kind == "table":
        yield from _notes(item, "table_caption", box)
        yield _table_block(_text(item.get("table_body")), box)
        yield from _notes(item, "table_footnote", box)
    elif kind in _IMAGES:
        yield ComparedBlock(Kind.IMAGE, kind, "", box=box)
        yield from _notes(item, f"{kind}_caption", box)
        for block in markdown_blocks(_text(item.get("content"))):
            yield replace(block, type=f"{kind}_content", level=0, box=box)
        yield from _notes(item, f"{kind}_footnote", box)
    elif kind in _FORMULAS:
        yield ComparedBlock(Kind.FORMULA, "equation", _text(item.get("text")), box=box)
    elif kind == "code":
        yield from _notes(item, "code_caption", box)
        yield ComparedBlock(Kind.TEXT, "code", _code(_text(item.get("code_body"))), box=box)
        yield from _notes(item, "code_footnote", box)
    else:
        yield _text_block(item, kind, box)


def _text_block(item: Mapping[str, Any], kind: str, box: Box | None) -> ComparedBlock:
    lines = item.get("list_items")
    if isinstance(lines, list):
        return ComparedBlock(Kind.TEXT, kind or "list", "\n".join(map(_text, lines)), box=box)
    level = item.get("text_level")
    level = level if isinstance(level, int) and 0 < level < 100 else 0
    return ComparedBlock(Kind.TEXT, "title" if level else kind or "text", _text(item.get("text")), level, box)


def _table_block(body: str, box: Box | None) -> ComparedBlock:
    if not body.strip():
        return ComparedBlock(Kind.IMAGE, "table", "", box=box)
    return ComparedBlock(Kind.TABLE if "<t" in body.lower() else Kind.TEXT, "table", body, box=box)


def _code(body: str) -> str:
    """Code without its fence. MinerU writes algorithms as HTML: text with line breaks."""
    fenced = _FENCED.fullmatch(body.strip())
    if fenced:
        return fenced["code"]
    return html.unescape(_TAG.sub("", _LINE_END.sub("\n", body))) if _ALGORITHM.match(body) else body


def _notes(item: Mapping[str, Any], key: str, box: Box | None) -> Iterator[ComparedBlock]:
    notes = item.get(key)
    for note in notes if isinstance(notes, list) else [notes]:
        if _text(note):
            yield ComparedBlock(Kind.TEXT, key, _text(note), box=box)


def _model_block(item: Mapping[str, Any]) -> ComparedBlock:
    kind, box, text = _text(item.get("type")), _box(item.get("bbox"), 1000), _text(item.get("content"))
    if kind in _ASIDE:
        return ComparedBlock(Kind.ASIDE, kind, text, box=box)
    if kind == "table":
        return _table_block(text, box)
    if kind in _IMAGES:
        return ComparedBlock(Kind.IMAGE, kind, "", box=box)
    if kind in _FORMULAS:
        return ComparedBlock(Kind.FORMULA, "equation", text, box=box)
    return ComparedBlock(Kind.TEXT, kind or "text", text, 1 if kind == "title" else 0, box)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _box(value: Any, scale: int) -> Box | None:
    if not isinstance(value, list) or len(value) != 4:
        return None
    if not all(isinstance(v, (int, float)) and -1e6 < v < 1e6 for v in value):
        return None
    x0, y0, x1, y1 = (min(max(round(v * scale), 0), 1000) for v in value)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
