"""Scores documents against a baseline while the run is still running, as an observer of the run.

Comparing would block the event loop too long: a thread does it, and results are announced with the next
event.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path

from mineru_cli.domain.events import DocumentFinished, DocumentScored, Event
from mineru_cli.quality.incremental import RunningComparison


class BaselineObserver:
    """An ``Observer`` that announces a ``DocumentScored`` for each document the baseline knows.

    A context manager: documents not yet compared on exit are dropped; the final report covers all. Raises
    what ``RunningComparison`` raises.
    """

    def __init__(self, base: Path, run: Path, *, pages: str = "") -> None:
        self._comparison = RunningComparison(base, run, pages=pages)
        self._announce: Callable[[Event], None] = lambda event: None
        self._finished: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._scored: queue.SimpleQueue[DocumentScored] = queue.SimpleQueue()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._compare, name="baseline", daemon=True)

    def __enter__(self) -> BaselineObserver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._finished.put(None)

    def attach(self, announce: Callable[[Event], None]) -> None:
        """See ``engine.observers``."""
        self._announce = announce

    def __call__(self, event: Event, at: float) -> None:
        """See ``Observer``."""
        if isinstance(event, DocumentFinished) and event.status != "failed":
            self._finished.put(event.document)
        while not self._scored.empty():
            self._announce(self._scored.get())

    def _compare(self) -> None:
        while (path := self._finished.get()) is not None and not self._over.is_set():
            score = self._comparison.add(path)
            if score is not None:
                mean, documents = self._comparison.match or 0.0, self._comparison.documents
                self._scored.put(DocumentScored(path, score.match, mean, documents))
