"""Any folder of Markdown files: ground truth, or another tool's output."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from mineru_cli.quality.blocks import Document, Page
from mineru_cli.quality.sources.markdown_blocks import markdown_blocks
from mineru_cli.quality.sources.source import Facts

_SUFFIXES = (".md", ".markdown", ".mmd")


@dataclass(frozen=True)
class MarkdownFolder:
    """One document per file, without pages."""

    location: Path
    files: Mapping[str, str]
    facts: Facts = field(default_factory=Facts)
    failed: Mapping[str, str] = field(default_factory=dict)
    kind: str = "markdown"

    @property
    def paths(self) -> Sequence[str]:
        """Paths of the documents, sorted."""
        return sorted(self.files)

    def read(self, path: str) -> Document:
        """The blocks of one file, on one page."""
        text = Path(self.files[path]).read_text("utf-8-sig", "replace")
        return Document(path, (Page(0, markdown_blocks(text)),), paged=False)

    def input_sha256(self, path: str) -> str | None:
        """Not known."""
        return None

    def input_file(self, path: str) -> Path | None:
        """Not known."""
        return None


def open_markdown_folder(root: Path) -> MarkdownFolder | None:
    """The Markdown files at or under ``root``, or None when there are none."""
    if root.is_file():
        return MarkdownFolder(root, {root.stem: str(root)}) if root.suffix.lower() in _SUFFIXES else None
    files: dict[str, str] = {}
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder, name)
            if file.suffix.lower() in _SUFFIXES:
                files.setdefault(file.relative_to(root).with_suffix("").as_posix(), str(file))
    return MarkdownFolder(root, files) if files else None


def text_line_document(path: str, line: str) -> Document:
    """The document of one JSON line. Raises ``ValueError`` if it has no text."""
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
    """``[start, end, page]``, pages from 1 and ascending; empty if they are not valid."""
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
