"""MinerU's ``_content_list_v2.json`` as blocks: pages of items whose texts are lists of spans.

Read if a run wrote no ``_content_list.json``. The file is untrusted: every value is validated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mineru_cli.quality.blocks import Page
from mineru_cli.quality.sources.content_list import content_list_pages

_ASIDES = {
    "page_header": "header",
    "page_footer": "footer",
    "page_aside_text": "aside_text",
    "page_number": "page_number",
    "page_footnote": "page_footnote",
}
_NOTED = ("image", "table", "chart")


def content_list_v2_pages(pages: Any) -> tuple[Page, ...]:
    """Its pages. Raises ``ValueError`` if it is not a list of pages."""
    if not isinstance(pages, list) or not all(isinstance(page, list) for page in pages):
        raise ValueError("the content list is not a list of pages")
    return content_list_pages(list(_items(pages)))


def _items(pages: list[list[Any]]) -> Iterator[dict[str, Any]]:
    """Convert to items of a content list of version 1."""
    for index, page in enumerate(pages):
        for item in page:
            if isinstance(item, dict):
                content = item.get("content")
                plain = _plain(str(item.get("type")), content if isinstance(content, dict) else {})
                kept = {key: item[key] for key in ("bbox", "extra") if key in item}
                yield {**plain, **kept, "page_idx": index}


def _plain(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    if kind in _ASIDES:
        return {"type": _ASIDES[kind], "text": _text(content.get(f"{kind}_content"))}
    if kind == "title":
        text, level = _text(content.get("title_content")), content.get("level")
        return {"type": "text", "text": text, "text_level": level}
    if kind == "equation_interline":
        return {"type": "equation", "text": content.get("math_content")}
    if kind == "list":
        items = content.get("list_items")
        items = items if isinstance(items, list) else []
        lines = [_text(item.get("item_content")) for item in items if isinstance(item, dict)]
        return {"type": "list", "list_items": lines}
    if kind in ("code", "algorithm"):
        return {
            "type": "code",
            "code_caption": [_text(content.get(f"{kind}_caption"))],
            "code_body": _text(content.get(f"{kind}_content")),
        }
    if kind in _NOTED:
        notes = {f"{kind}_{note}": [_text(content.get(f"{kind}_{note}"))] for note in ("caption", "footnote")}
        return {"type": kind, "table_body": content.get("html"), "content": content.get("content"), **notes}
    return {"type": "text", "text": _text(content.get(f"{kind}_content"))}


def _text(spans: Any) -> str:
    """Spans as Markdown; plain text is unchanged."""
    if not isinstance(spans, list):
        return spans if isinstance(spans, str) else ""
    return "".join(_span(span) for span in spans if isinstance(span, dict))


def _span(span: Mapping[str, Any]) -> str:
    content = span.get("content")
    if not isinstance(content, str):
        return ""
    return f" ${content}$ " if span.get("type") == "equation_inline" else content
