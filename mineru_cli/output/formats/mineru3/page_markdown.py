"""Pages as one Markdown text, with marks for text that MinerU drops and for failed pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from mineru_cli.output import failures
from mineru_cli.output.formats.files import TextFile
from mineru_cli.output.formats.mineru3.markdown import BlockMarkdown
from mineru_cli.output.safety import Safety
from mineru_cli.output.tree.node import Node
from mineru_cli.output.tree.page import PageTree

EXTRA = "<!-- mineru-batch: extra -->"
"""Precedes text that MinerU's own Markdown does not have."""


class PageMarkdown:
    """Blocks of pages with blank lines between them and no line break at the end, as MinerU writes them."""

    def __init__(self, *, unsafe: bool = False) -> None:
        self._first = True
        self._blocks = BlockMarkdown(Safety(off=unsafe))

    def add(self, page: PageTree) -> Iterator[str]:
        """The pieces of one page."""
        for text in self._texts(page):
            if not self._first:
                yield "\n\n"
            self._first = False
            yield text

    def rest(self) -> Iterator[str]:
        """Empty: nothing is pending."""
        return iter(())

    def _texts(self, page: PageTree) -> Iterator[str]:
        if mark := failures.mark(page.result):
            yield mark
        flawed = any(block.flaw is not None for block in page.result.blocks)
        for node in page.blocks:
            yield from self._blocks.blocks([node])
            if flawed:
                yield from _marks(node, page)
        for text in self._blocks.blocks(page.dropped):
            yield EXTRA
            yield text


class PageRenderer(Protocol):
    """Turns pages into pieces of text, which may be held back until ``rest``."""

    def add(self, page: PageTree) -> Iterator[str]:
        """The pieces that are final with the next page."""
        ...

    def rest(self) -> Iterator[str]:
        """The pieces held back."""
        ...


class MarkdownFile(TextFile):
    """A document's Markdown, written page by page."""

    def __init__(self, path: Path, renderer: PageRenderer) -> None:
        super().__init__(path)
        self._renderer = renderer

    def add(self, page: PageTree) -> None:
        """Append a page."""
        for piece in self._renderer.add(page):
            self.write(piece)

    def finish(self) -> None:
        """Append what was held back."""
        for piece in self._renderer.rest():
            self.write(piece)


def _marks(node: Node, page: PageTree) -> Iterator[str]:
    """The mark where content was lost or not read."""
    for leaf in node.leaves():
        if leaf.flaw and leaf.index is not None and leaf.index < len(page.result.blocks):
            mark = failures.block_mark(page.result.blocks[leaf.index], page.index)
            if mark:
                yield mark
