"""A limit for documents whose pages each take just less than ``--page-timeout`` to read.

Only the time of the page thread counts, not the waiting for servers. The time of each page above ``FREE`` of
the page timeout is added up; the limit for a document is ``BUDGET`` page timeouts. With the default of 120 s:
5 s are free for each page, and an hour above that for the document.
"""

from __future__ import annotations

from typing import Literal

from mineru_cli.domain.events import Notice
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.errors import PageTimeout

FREE = 1 / 24
BUDGET = 30
NOTICE_AT = 0.1
"""Share of the budget at which a document is reported as slow."""


class ReadingTime:
    """Tracks the seconds spent reading a document's pages."""

    def __init__(self, page_timeout: float) -> None:
        self._longest = page_timeout
        self._free = page_timeout * FREE
        self.budget = page_timeout * BUDGET

    def add(self, work: DocumentWork, page: int, seconds: float) -> Literal["", "slow", "exhausted"]:
        """Count ``seconds`` on a page. "slow" is returned once per document.

        At most the page timeout counts per visit of a page: beyond it, this process itself was stopped.
        """
        seconds = min(seconds, self._longest)
        before = work.reading_seconds.get(page, 0.0)
        work.reading_seconds[page] = before + seconds
        slow_before = work.slow_seconds
        work.slow_seconds += max(0.0, before + seconds - self._free) - max(0.0, before - self._free)
        if work.slow_seconds > self.budget:
            return "exhausted"
        limit = NOTICE_AT * self.budget
        return "slow" if slow_before <= limit < work.slow_seconds else ""

    def notice(self, work: DocumentWork) -> Notice:
        """The warning about a slow document."""
        return Notice(
            "warning",
            f"{work.ref.key}: its pages take long to read, {work.slow_seconds:.0f} s more than usual so far; "
            f"at {self.budget:.0f} s the pages left are given up ({BUDGET} times --page-timeout)",
        )

    def failure(self) -> Failure:
        """The failure of the remaining pages once the limit is reached."""
        return Failure.of(
            PageTimeout(
                f"not read: the document's pages took {self.budget:.0f} s more to read than usual",
                hint="raise --page-timeout, of which a document has 30, or choose pages with --pages",
            )
        )
