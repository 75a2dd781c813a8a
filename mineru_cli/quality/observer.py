"""The score of a run while it is running: each document is compared as soon as it is written."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path

from mineru_cli.domain.events import DocumentFinished, DocumentScored, Event
from mineru_cli.quality.matching.documents import DocumentPair, partner_in, same_pages
from mineru_cli.quality.pool import Job, score_pair
from mineru_cli.quality.score import DocumentScore, Scoring
from mineru_cli.quality.sources.mineru import open_document_folder
from mineru_cli.quality.sources.opening import open_source
from mineru_cli.quality.sources.source import Facts


class BaselineObserver:
    """An ``Observer`` that announces a ``DocumentScored`` for each document the baseline knows.

    A context manager: documents not compared when it is left are dropped, the report at the end has them all.
    Raises what ``RunningComparison`` raises.
    """

    def __init__(self, base: Path, run: Path, *, pages: str = "") -> None:
        self._comparison = RunningComparison(base, run, pages=pages)
        self._announce: Callable[[Event], None] = lambda event: None
        self._finished: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._scored: queue.SimpleQueue[DocumentScored] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._compare, name="baseline", daemon=True)

    def __enter__(self) -> BaselineObserver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
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
        while (path := self._finished.get()) is not None:
            score = self._comparison.add(path)
            if score is not None:
                mean, documents = self._comparison.match or 0.0, self._comparison.documents
                self._scored.put(DocumentScored(path, score.match, mean, documents))


class RunningComparison:
    """Feed it finished documents, from one thread. It keeps sums only, not the scores.

    It does not judge: documents that fail, and documents that pair by another name, are the report's matter.
    """

    def __init__(self, base: Path, run: Path, *, pages: str = "", scoring: Scoring | None = None) -> None:
        """``run`` may still be empty, ``pages`` is what it will hold.

        Raises what ``open_source`` raises for ``base``, and ``DifferentPages``: now and not when all is done.
        """
        self._base = open_source(base)
        same_pages(self._base, Facts(pages=pages), str(run))
        self._known = set(self._base.paths)
        self._run = run
        self._scoring = scoring or Scoring()
        self._sum = 0.0
        self.documents = 0

    @property
    def match(self) -> float | None:
        """Mean match of the documents so far, None before the first."""
        return self._sum / self.documents if self.documents else None

    def add(self, path: str) -> DocumentScore | None:
        """Compare the document at ``path`` in the run; None if the baseline has none of that name."""
        known = partner_in(self._known, path)
        if known is None:
            return None
        job = Job(self._base, open_document_folder(self._run, path), self._scoring)
        score = score_pair(job, DocumentPair(known, known, path, "paired"))
        self._sum += score.match
        self.documents += 1
        return score
