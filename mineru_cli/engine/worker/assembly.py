"""Writing a document's files from the pages in the spool, and then its manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.manifest import FileSize, Manifest
from mineru_cli.domain.page import PageResult
from mineru_cli.output.names import METHOD
from mineru_cli.store.ports import ManifestStore, PageStore

if TYPE_CHECKING:
    from PIL.Image import Image

    from mineru_cli.output.names import OutputOptions


@dataclass(frozen=True, slots=True)
class DocumentAssembler:
    """Where a worker reads and writes: OUT, its spool and scratch folder, and the manifests.

    ``fingerprint`` stands for the settings of the run.
    """

    output: Path
    spool: PageStore
    scratch: Path
    manifests: ManifestStore
    fingerprint: str

    def write(
        self,
        document: DocumentRef,
        pages: tuple[int, ...],
        options: OutputOptions,
        page_images: AbstractContextManager[Callable[[int], Image] | None],
        changed: Callable[[Iterable[PageResult]], Iterable[PageResult]] = iter,
    ) -> tuple[FileSize, ...]:
        """Assemble the document and put it in place. Blocks. ``changed`` sees each page before it is written.

        ``page_images`` opens what renders pages for the layout PDF. Returns names and sizes of its files, see
        ``Manifest.sizes``. Raises ``OutputError``, ``PageUnreadable``.
        """
        # Loaded with the first document to write, while requests are in flight, not before the first page.
        from mineru_cli.output.writer import write_document

        folder = f"{document.key}/{METHOD}"
        with page_images as render:
            written = write_document(
                document,
                changed(self.spool.pages(document, pages)),
                self.spool.figures(document),
                self.output / folder,
                self.scratch,
                options,
                render,
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
        self.manifests.write(manifest)
        return manifest.sizes
