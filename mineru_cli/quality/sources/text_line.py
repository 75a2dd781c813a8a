"""A line of ``--format jsonl`` as blocks: Markdown, cut into pages by its spans."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from mineru_cli.quality.blocks import Document, Page
from mineru_cli.quality.sources.markdown_blocks import markdown_blocks


def text_line_document(path: str, line: str) -> Document:
    """The document of one line. Raises ``ValueError`` when it has no text."""
    content = json.loads(line)
    text = content.get("text") if isinstance(content, dict) else None
    if not isinstance(text, str):
        raise ValueError("the line of JSON has no text")
    spans = _spans(content)
    if not spans:
        return Document(path, (Page(0, markdown_blocks(text)),), paged=False)
    pages = tuple(Page(number - 1, markdown_blocks(text[start:end])) for start, end, number in spans)
    return Document(path, pages, page_count=len(pages), failed_pages=_failed(content))


def _spans(content: dict[str, Any]) -> list[tuple[int, int, int]]:
    """``[start, end, page]``, pages from 1 and rising; nothing where they are not that."""
    attributes = content.get("attributes")
    spans = attributes.get("pdf_page_numbers") if isinstance(attributes, dict) else None
    if not isinstance(spans, list):
        return []
    found = [
        (span[0], span[1], span[2])
        for span in spans
        if isinstance(span, list) and len(span) == 3 and all(isinstance(value, int) for value in span)
    ]
    rising = all(one[2] < other[2] for one, other in pairwise(found))
    return found if rising and all(start >= 0 and page > 0 for start, _, page in found) else []


def _failed(content: dict[str, Any]) -> tuple[int, ...]:
    metadata = content.get("metadata")
    failed = metadata.get("failed_pages") if isinstance(metadata, dict) else None
    pages = [one.get("page") for one in failed if isinstance(one, dict)] if isinstance(failed, list) else []
    return tuple(sorted(page - 1 for page in pages if isinstance(page, int)))
