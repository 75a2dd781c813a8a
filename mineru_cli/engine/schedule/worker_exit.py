"""Classifies a worker's exit, and what it means for the page that it was reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mineru_cli.domain.failure import Failure
from mineru_cli.engine.messages import OPENING
from mineru_cli.engine.pool import WorkerExit
from mineru_cli.errors import DocumentError, PageTimeout, ReaderCrashed, WorkerOutOfMemory

Reason = Literal["finished", "crashed", "killed", "page-timeout", "silent", "memory", "retired"]

WEIGHTS: dict[Reason, float] = {
    "finished": 0.0,
    "crashed": 1.0,
    "killed": 0.4,
    "page-timeout": 1.0,
    "silent": 1.0,
    "memory": 1.0,
    "retired": 0.0,
}
"""Suspicion that one exit adds to the page. A SIGKILL from outside (an operator, the OOM killer) hits
whatever is being read at the time, so one page must be hit by five of them."""


@dataclass(frozen=True, slots=True)
class ExitCause:
    """The classified cause of a worker's exit."""

    reason: Reason
    signal: str
    status: int

    @property
    def weight(self) -> float:
        """See ``WEIGHTS``."""
        return WEIGHTS[self.reason]

    def failure(self, page: int) -> Failure:
        """The failure recorded for a page (or ``OPENING``) that is considered the cause."""
        doing = "opening the file" if page == OPENING else f"reading page {page + 1}"
        died = self.signal or f"exit status {self.status}"
        errors: dict[Reason, DocumentError] = {
            "page-timeout": PageTimeout(
                f"{doing} did not end within the time limit, twice",
                hint="raise --page-timeout if the page is merely slow",
            ),
            "memory": WorkerOutOfMemory(
                f"{doing} took more memory than a worker may have, twice",
                hint="raise --worker-memory if the machine has room",
            ),
            "killed": ReaderCrashed(
                f"{doing} ended its worker repeatedly ({died})",
                hint="the kernel kills what takes too much memory: see dmesg, or use fewer --workers",
            ),
        }
        crashed = ReaderCrashed(
            f"{doing} crashed the PDF reader, twice ({died})",
            hint="repair the file, for example with: qpdf IN OUT, or mutool clean IN OUT",
        )
        return Failure.of(errors.get(self.reason, crashed))


def classify(exit_: WorkerExit, ended_by_us: Reason | None) -> ExitCause:
    """Classify an exit. ``ended_by_us`` is the reason when the coordinator killed the worker."""
    if ended_by_us:
        return ExitCause(ended_by_us, exit_.signal, exit_.status)
    if exit_.signal == "SIGKILL":
        return ExitCause("killed", exit_.signal, exit_.status)
    return ExitCause("finished" if exit_.status == 0 else "crashed", exit_.signal, exit_.status)
