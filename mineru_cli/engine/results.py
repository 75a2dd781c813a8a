"""The result of each document, read from the ledger one at a time, so that a million need no memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mineru_cli.domain.failure import Failure
from mineru_cli.errors import DocumentUnreadable
from mineru_cli.output.names import MARKDOWN, file_stem
from mineru_cli.sources.names import output_stem, split
from mineru_cli.store.run_folder import METHOD, RunFolder

if TYPE_CHECKING:
    from mineru_cli.store.ledger.archive import DocumentRow


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """One document. ``status`` is "done", "partial" (pages are lost), "failed", or "running" after a stop.

    ``key`` is its folder below the output folder, ``source`` the file that was read. ``pages`` counts the
    pages selected, ``lost_pages`` those among them that failed; ``seconds`` of work. ``failure`` says why a
    document failed. ``skipped`` means that an earlier run did the work.
    """

    key: str
    source: Path
    status: str
    pages: int
    lost_pages: int
    seconds: float
    failure: Failure | None
    skipped: bool
    folder: Path

    @property
    def markdown_path(self) -> Path | None:
        """The Markdown file; None where none was written."""
        path = self.folder / f"{file_stem(output_stem(split(self.source.name)[0]))}{MARKDOWN}"
        return path if path.is_file() else None

    @property
    def markdown(self) -> str:
        """The Markdown text. Raises ``DocumentUnreadable`` where there is none."""
        path = self.markdown_path
        if path is None:
            reason = f": {self.failure.message}" if self.failure else ""
            raise DocumentUnreadable(f"{self.key} has no Markdown{reason}")
        return path.read_text(encoding="utf-8")


def document_results(output: Path, run: int | None = None) -> Iterator[DocumentResult]:
    """All documents that the ledger of ``output`` knows, by key. ``run`` is the run that did not skip.

    Raises ``OutputError`` for a ledger that cannot be read.
    """
    from mineru_cli.store.ledger.archive import Archive

    folder = RunFolder(output)
    with Archive(folder.ledger) as archive:
        for row in archive.everything():
            yield _result(folder, row, run)


def _result(folder: RunFolder, row: DocumentRow, run: int | None) -> DocumentResult:
    return DocumentResult(
        row.key,
        Path(row.path),
        row.status,
        row.pages,
        row.failed_pages,
        row.seconds,
        row.failure,
        skipped=run is not None and row.run != run,
        folder=folder.output / row.key / METHOD,
    )
