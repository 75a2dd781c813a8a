"""Writing a document's files from the pages in the spool, and then its manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.manifest import FileSize, Manifest
from mineru_cli.domain.page import PageResult
from mineru_cli.errors import DocumentError
from mineru_cli.sources.registry import Sources
from mineru_cli.store.ports import PageStore, ResultStore
from mineru_cli.store.run_folder import METHOD

if TYPE_CHECKING:
    from PIL.Image import Image

    from mineru_cli.output.names import OutputOptions


@dataclass(frozen=True, slots=True)
class DocumentAssembler:
    """Assembles documents from their pages.

    ``fingerprint`` identifies the settings of the run.
    """

    sources: Sources
    spool: PageStore
    results: ResultStore
    fingerprint: str

    def write(
        self,
        document: DocumentRef,
        pages: tuple[int, ...],
        options: OutputOptions,
        page_images: AbstractContextManager[Callable[[int], Image] | None],
        changed: Callable[[Iterable[PageResult]], Iterable[PageResult]] = iter,
    ) -> tuple[FileSize, ...]:
        """Assemble and publish the document. Blocks. ``changed`` may modify each page before it is written.

        ``page_images`` opens what renders pages for the layout PDF. Returns names and sizes of its files, see
        ``Manifest.sizes``. Raises ``OutputError``, ``PageUnreadable``.
        """
        # Loaded with the first document to write, while requests are in flight, not before the first page.
        from mineru_cli.output.writer import write_document

        folder = f"{document.key}/{METHOD}"
        with self.results.draft(folder) as draft, page_images as render, ExitStack() as stack:
            source = ""
            if "origin" in options.files:
                source = stack.enter_context(self.sources.of(document.path).open(document.path))
            written = write_document(
                document,
                changed(self.spool.pages(document, pages)),
                partial(self.spool.bring_figure, document),
                draft,
                options,
                render,
                source,
            )
            manifest = Manifest(
                document,
                folder,
                self.fingerprint,
                len(pages),
                written.files,
                written.failed,
                written.incomplete,
            )
            self.results.publish(draft, manifest)
        return manifest.sizes

    def has_changed(self, document: DocumentRef) -> bool:
        """Whether a local document is another version than the one that was found. Blocks.

        A remote one costs a request, and the next run compares versions anyway. One that was removed since
        has been read, or its pages have failed.
        """
        source = self.sources.of(document.path)
        if source.remote:
            return False
        try:
            return source.version(document.path) != (document.size, document.mtime_ns)
        except DocumentError:
            return False
