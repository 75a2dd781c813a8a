"""The records that the ledger returns. Plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, cast

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import EndReason
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.manifest import FileSize

RecordStatus = Literal["running", "done", "partial", "failed"]
"""``running`` is also the state of a killed run's documents: they are not done."""


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """The record of one document. ``pages`` is the number of selected pages, 0 before it was opened.

    ``sizes`` of its published files; empty where an older version wrote them.
    """

    key: str
    status: RecordStatus
    size: int
    mtime_ns: int
    pages: int
    failed_pages: int
    attempts: int
    fingerprint: str
    sizes: tuple[FileSize, ...] = ()

    def current(self, document: DocumentRef, fingerprint: str) -> bool:
        """Whether it is about this version of the file under these settings."""
        return (
            self.size == document.size
            and self.mtime_ns == document.mtime_ns
            and self.fingerprint == fingerprint
        )


@dataclass(frozen=True, slots=True)
class FailedDocument:
    """A document that failed or lost content.

    ``pages`` holds index (from 0) and reason of each page that failed or is incomplete.
    """

    key: str
    path: str
    status: Literal["partial", "failed"]
    failure: Failure | None
    pages: tuple[tuple[int, Failure], ...] = ()


@dataclass(frozen=True, slots=True)
class RunTotals:
    """Sums over documents; ``seconds`` of work.

    ``pages`` are the selected pages of all opened documents, ``unread_pages`` those of them that are still to
    be read in unfinished documents, ``incomplete_pages`` those that were read and lost content.
    """

    done: int = 0
    partial: int = 0
    failed: int = 0
    running: int = 0
    pages: int = 0
    failed_pages: int = 0
    incomplete_pages: int = 0
    unread_pages: int = 0
    requests: int = 0
    retried: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run on the folder. Times are Unix seconds; ``outcome`` is empty for a running or killed one."""

    id: int
    fingerprint: str
    shaping: dict[str, Any]
    started: float
    finished: float | None
    outcome: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """The exit code, 0 where it is not known."""
        return int(self.facts.get("exit_code") or 0)

    @property
    def reason(self) -> EndReason:
        """Why the exit code of a finished run is not 0. Older versions did not keep it: "" with a rollout."""
        if "reason" in self.facts or self.outcome != "finished" or not self.exit_code:
            return cast("EndReason", self.facts.get("reason", ""))
        rollout = self.facts.get("settings", {}).get("rollout") or {}
        return "" if any((rollout.get("candidate") or {}).values()) else "failures"
