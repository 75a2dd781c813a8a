"""Our own Markdown, for reading: levels of headings, lists with marks, tables joined by their headers."""

from __future__ import annotations

from collections.abc import Iterator

from mineru_cli.output.assemble import Assembler
from mineru_cli.output.markdown import MarkdownPieces
from mineru_cli.output.tree.page import PageTree


class CleanMarkdown:
    """Works on what was read, not on the tree: it joins by rules of its own."""

    def __init__(self, *, unsafe: bool = False) -> None:
        self._assembler = Assembler()
        self._pieces = MarkdownPieces(unsafe=unsafe)

    def add(self, page: PageTree) -> Iterator[str]:
        """The pieces of all pages that can no longer change."""
        for layout in self._assembler.add(page.result):
            yield from self._pieces.add(layout)

    def rest(self) -> Iterator[str]:
        """The pieces of the pages held back, and the text's end."""
        for layout in self._assembler.rest():
            yield from self._pieces.add(layout)
        yield from self._pieces.end()
