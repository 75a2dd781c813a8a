"""Any folder of Markdown files: ground truth, or what another tool wrote."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mineru_cli.quality.blocks import Document, Page
from mineru_cli.quality.sources.markdown_blocks import markdown_blocks
from mineru_cli.quality.sources.source import Facts

_SUFFIXES = (".md", ".markdown", ".mmd")


@dataclass(frozen=True)
class MarkdownFolder:
    """One document a file; pages are not known."""

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
