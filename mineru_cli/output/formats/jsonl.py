"""One line of JSON per document, in the shape of training corpora: text, metadata, pages as spans of text.

Dolma and olmOCR use it. ``cat OUT/**/*.jsonl`` is the corpus. The line is written page by page: memory
does not grow with the document.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import ExitStack
from pathlib import Path

from mineru_cli.output.formats.document_format import DocumentSink
from mineru_cli.output.formats.files import ENCODER, TextFile
from mineru_cli.output.formats.mineru3.markdown import BlockMarkdown
from mineru_cli.output.names import OutputOptions
from mineru_cli.output.safety import Safety
from mineru_cli.output.tree.node import Json
from mineru_cli.output.tree.page import PageTree

SUFFIX = ".jsonl"
SOURCE = "mineru-batch"
_PICTURE = re.compile(r"!\[\]\(images/[^)\n]*\)[ \t]*\n?")
_BETWEEN = "\n\n"


class Jsonl:
    """One line per document. See ``DocumentFormat``."""

    name = "jsonl"

    def open(self, folder: Path, stem: str, options: OutputOptions, stack: ExitStack) -> DocumentSink:
        """Open the document's file."""
        return stack.enter_context(_Line(folder / f"{stem}{SUFFIX}", stem, options))


class _Line(TextFile):
    """``text`` first, then the fields that are known only at the end.

    A span is ``[start, end, page]``: characters of ``text``, the end not included, and the page, counted
    from 1. A page without text has an empty span. Blocks without a page's pictures are joined by blank
    lines, pages as well.
    """

    def __init__(self, path: Path, stem: str, options: OutputOptions) -> None:
        super().__init__(path)
        self._stem = stem
        self._options = options
        self._blocks = BlockMarkdown(Safety(off=options.unsafe_markdown))
        self._length = 0
        self._spans: list[list[int]] = []
        self._failed: list[Json] = []
        self._hash = hashlib.sha256()
        self.write('{"text": "')

    def add(self, page: PageTree) -> None:
        """Append a page's text."""
        found = (
            _PICTURE.sub("", text).strip() for text in self._blocks.blocks([*page.blocks, *page.dropped])
        )
        text = _BETWEEN.join(piece for piece in found if piece)
        if text and self._length:
            self._append(_BETWEEN)
        start = self._length
        self._append(text)
        self._spans.append([start, self._length, page.index + 1])
        failure = page.result.failure
        if failure is not None:
            self._failed.append(
                {"page": page.index + 1, "code": failure.code, "fallback": page.result.fallback}
            )

    def finish(self) -> None:
        """Write metadata and spans."""
        options = self._options
        metadata: Json = {
            "document": self._stem,
            "pages": len(self._spans),
            "failed_pages": self._failed,
            "model": options.model,
            "recipe": options.recipe,
            "version": options.version,
        }
        rest = {
            "id": self._hash.hexdigest(),
            "source": SOURCE,
            "metadata": metadata,
            "attributes": {"pdf_page_numbers": self._spans},
        }
        self.write('", ' + ENCODER.encode(rest)[1:] + "\n")

    def _append(self, text: str) -> None:
        self._length += len(text)
        self._hash.update(text.encode())
        self.write(ENCODER.encode(text)[1:-1])
