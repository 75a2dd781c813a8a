"""What the coordinator needs of the run's records."""

from __future__ import annotations

from typing import Protocol

from mineru_cli.domain.document import DocumentRef, Status
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.schedule.document_work import DocumentWork


class Records(Protocol):
    """Records outcomes before they are announced: the run's ledger and spool."""

    def opened(self, ref: DocumentRef, pages: int) -> None:
        """The document was opened; ``pages`` of it are selected."""
        ...

    def poisoned(self, work: DocumentWork, page: int, failure: Failure) -> None:
        """Store a page that no worker can read as failed."""
        ...

    def finished(self, work: DocumentWork, status: Status, failure: Failure | None) -> None:
        """Commit the outcome, announce it, and release the pages in the spool."""
        ...
