"""MinerU 4's middle JSON (schema 2.0) as blocks.

Read if a run wrote no content list. The file is untrusted: every value is validated.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from mineru_cli.quality.blocks import Page
from mineru_cli.quality.sources.content_list import content_list_pages

SCHEMA = "docvortex.middle"
_FIGURES = ("image", "table", "chart")
_EXTENSION = "mineru_batch"


def is_middle_2(content: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether this is the middle JSON of MinerU 4; that of MinerU 3 has ``pdf_info`` instead."""
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        return False
    return isinstance(content.get("pages"), list)


def middle_2_pages(content: Mapping[str, Any]) -> tuple[Page, ...]:
    """Its pages; blocks that only mineru-batch has are marked as additional text."""
    extra = {_place(note, note) for note in _notes(content) if note.get("extra") is True}
    return content_list_pages(list(_items(content, extra - {None})))


def page_count_2(content: Mapping[str, Any]) -> int:
    """Number of pages, those without blocks included."""
    return len(content["pages"])


def failed_pages_2(content: Mapping[str, Any]) -> tuple[int, ...]:
    """Pages that mineru-batch marked as not converted."""
    pages = (note.get("page_idx") for note in _notes(content) if note.get("failure"))
    return tuple(sorted({page for page in pages if isinstance(page, int)}))


def _notes(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    extensions = content.get("extensions")
    ours = extensions.get(_EXTENSION) if isinstance(extensions, dict) else None
    notes = ours.get("notes") if isinstance(ours, dict) else None
    yield from (note for note in notes if isinstance(note, dict)) if isinstance(notes, list) else ()


def _place(page: Mapping[str, Any], block: Mapping[str, Any]) -> tuple[int, int] | None:
    """Page and rank of a block, None where one of them is not a number."""
    index, rank = page.get("page_idx"), block.get("index")
    return (index, rank) if isinstance(index, int) and isinstance(rank, int) else None


def _items(content: Mapping[str, Any], extra: Container[tuple[int, int] | None]) -> Iterator[dict[str, Any]]:
    """Convert to items of MinerU 3's content list."""
    for page in content["pages"]:
        if not isinstance(page, dict):
            continue
        for block in _dicts(page.get("blocks")):
            yield {
                **_item(block),
                "page_idx": page.get("page_idx"),
                "bbox": _thousandths(block.get("bbox")),
                "extra": _place(page, block) in extra,
            }


def _item(block: Mapping[str, Any]) -> dict[str, Any]:
    kind, content = block.get("type"), block.get("content")
    if kind == "equation":
        return {"type": "equation", "text": content}
    if kind in ("list", "index"):
        return {"type": "list", "list_items": [_text(member.get("content")) for member in _dicts(content)]}
    if kind in _FIGURES:
        body = _first(content, f"{kind}_body")
        return {"type": kind, "table_body": body, "content": body, **_notes_of(kind, content)}
    if kind == "code":
        code = _first(content, "code_body") or _text(_first(content, "algorithm_body"))
        return {"type": "code", "code_body": code, **_notes_of("code", content)}
    if kind in ("doc_title", "paragraph_title"):
        return {"type": "text", "text": _text(content), "text_level": block.get("level")}
    return {"type": kind, "text": _text(content)}


def _notes_of(kind: str, members: Any) -> dict[str, list[str]]:
    return {
        f"{kind}_{note}": [
            _text(member.get("content"))
            for member in _dicts(members)
            if member.get("type") == f"{kind}_{note}"
        ]
        for note in ("caption", "footnote")
    }


def _first(members: Any, kind: str) -> Any:
    return next((member.get("content") for member in _dicts(members) if member.get("type") == kind), "")


def _text(spans: Any) -> str:
    """Spans as Markdown."""
    if isinstance(spans, str):
        return spans
    pieces = []
    for span in _dicts(spans):
        content = span.get("content")
        if isinstance(content, list):
            pieces.append(_text(content))
        elif isinstance(content, str):
            pieces.append(f" ${content}$ " if span.get("type") == "equation_inline" else content)
    return "".join(pieces)


def _thousandths(bbox: Any) -> list[float] | None:
    if not isinstance(bbox, list) or not all(isinstance(value, (int, float)) for value in bbox):
        return None
    return [value * 1000 for value in bbox]


def _dicts(value: Any) -> Sequence[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
