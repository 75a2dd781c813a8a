"""Writing a document's files from the pages in the spool."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.page import PageResult
from mineru_cli.store.ports import PageStore

if TYPE_CHECKING:
    from PIL.Image import Image

    from mineru_cli.output.options import OutputOptions


@dataclass(frozen=True, slots=True)
class DocumentAssembler:
    """Where a worker reads and writes: OUT, its spool and scratch folder."""

    output: Path
    spool: PageStore
    scratch: Path

    def write(
        self,
        document: DocumentRef,
        pages: tuple[int, ...],
        options: OutputOptions,
        page_images: AbstractContextManager[Callable[[int], Image] | None],
        changed: Callable[[Iterable[PageResult]], Iterable[PageResult]] = iter,
    ) -> None:
        """Assemble the document and put it in place. Blocks. ``changed`` sees each page before it is written.

        ``page_images`` opens what renders pages for the layout PDF.
        Raises ``OutputError``, ``PageUnreadable``.
        """
        # Loaded with the first document to write, while requests are in flight, not before the first page.
        from mineru_cli.output.writer import write_document

        with page_images as render:
            write_document(
                document,
                changed(self.spool.pages(document, pages)),
                self.spool.figures(document),
                self.output / document.key / "vlm",
                self.scratch,
                options,
                render,
            )
