"""Detects a server that refuses everything, so that a run over 50,000 documents ends early."""

from __future__ import annotations

import re

from mineru_cli.domain.events import PageFailed, PageFinished
from mineru_cli.errors import EveryPageRefused, RequestRejected
from mineru_cli.inference.reply import hint_for

FIRST_PAGES = 20
"""Number of pages refused for one reason, before any is answered, after which the run ends."""

_VARIABLE = re.compile(r"\d+")


class Refusals:
    """Counts a run's pages until one of them is answered."""

    def __init__(self) -> None:
        self._count = 0
        self._reason = ""
        self._answered = False

    def page(self, event: PageFinished | PageFailed) -> EveryPageRefused | None:
        """The error that ends the run with this page; None below the limit.

        Pages that needed no answer, and those that failed for other reasons, are ignored.
        """
        if self._answered:
            return None
        refusal = _refusal(event)
        if not refusal:
            self._answered = isinstance(event, PageFinished) and event.requests > 1
            return None
        reason = _VARIABLE.sub("#", refusal)
        self._count = self._count + 1 if reason == self._reason else 1
        self._reason = reason
        if self._count < FIRST_PAGES:
            return None
        return EveryPageRefused(
            f"the server refused each of the first {self._count} pages: {refusal}",
            hint=f"{hint_for(refusal)}; then repeat the command with --retry-failed",
        )


def _refusal(event: PageFinished | PageFailed) -> str:
    if isinstance(event, PageFinished):
        return event.refusal
    return event.failure.message if event.failure.code == RequestRejected.code else ""
