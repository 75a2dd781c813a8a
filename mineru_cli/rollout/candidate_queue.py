"""Documents of the candidate: those that wait to start, and those that are unfinished. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mineru_cli.domain.document import DocumentRef
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.rollout.decisions import AHEAD, Decisions
from mineru_cli.rollout.split import Placement

MAX_WAITING = 10_000
"""Maximum number of waiting documents of the candidate. With more, discovery waits, too."""
IN_WORK = 64
"""Maximum number of the candidate's unfinished documents, compared or not."""


@dataclass(slots=True)
class _Comparison:
    """A document that both sides convert: for each side whether it was converted, None before its end."""

    candidate: bool | None = None
    baseline: bool | None = None


class CandidateQueue:
    """Starts documents of the candidate only as fast as they can be judged, see ``decisions.AHEAD``.

    ``shadow`` is called with each document that the baseline converts as well; None compares no document.
    """

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self._placements: dict[str, Placement] = {}
        self._waiting: deque[tuple[DocumentWork, Placement]] = deque()
        self._in_work: set[str] = set()
        self._compared: dict[str, _Comparison] = {}
        self._to_score: deque[str] = deque()
        self.shadow: Callable[[DocumentRef], None] | None = None

    @property
    def full(self) -> bool:
        """Whether discovery must wait."""
        return len(self._waiting) >= MAX_WAITING

    @property
    def busy(self) -> bool:
        """Whether documents wait, are unfinished, or are not compared yet."""
        return bool(self._waiting or self._in_work or self._compared)

    def place(self, key: str, placement: Placement) -> None:
        """Record the placement of a document before its work is added."""
        self._placements[key] = placement

    def add(self, work: DocumentWork) -> Iterator[DocumentWork]:
        """Pass a document of the baseline, hold one of the candidate, and yield those that may start now."""
        placement = self._placements.pop(work.ref.key, None)
        if placement is not None and not work.done:
            work.target = int(self._decisions.goes_to_candidate(placement))
        if work.target and placement is not None and self._decisions.reverted is None:
            self._waiting.append((work, placement))
        else:
            yield to_baseline(work)
        yield from self.released()

    def released(self) -> Iterator[DocumentWork]:
        """The held documents that may start now; after a revert all of them, at the baseline."""
        while self._waiting:
            work, placement = self._waiting[0]
            compared = self.shadow is not None and self._decisions.is_compared(placement)
            full = len(self._in_work) >= IN_WORK or (compared and len(self._compared) >= AHEAD)
            if self._decisions.reverted is not None:
                work = to_baseline(work)
            elif full:
                return
            else:
                self._in_work.add(work.ref.key)
                if compared and self.shadow is not None:
                    self._compared[work.ref.key] = _Comparison()
                    self.shadow(work.ref)
            self._waiting.popleft()
            yield work

    def finished(self, key: str, *, converted: bool) -> None:
        """The candidate finished a document."""
        self._in_work.discard(key)
        if pair := self._compared.get(key):
            pair.candidate = converted
            self._both(key, pair)

    def shadow_finished(self, key: str, *, converted: bool) -> None:
        """The baseline finished its version of a document."""
        if pair := self._compared.get(key):
            pair.baseline = converted
            self._both(key, pair)

    def _both(self, key: str, pair: _Comparison) -> None:
        """Queue the comparison of both versions; a failure of the baseline is not evidence."""
        if pair.candidate is None or pair.baseline is None:
            return
        if pair.baseline:
            self._to_score.append(key)
        else:
            self.forget(key)

    def next_to_score(self) -> tuple[str, bool] | None:
        """The next document to compare, and whether the candidate converted it; None without one."""
        while self._to_score:
            key = self._to_score.popleft()
            if pair := self._compared.get(key):
                return key, bool(pair.candidate)
        return None

    def is_compared(self, key: str) -> bool:
        """Whether the document's comparison is still of interest."""
        return key in self._compared

    def forget(self, key: str) -> None:
        """A document was compared, or is converted again."""
        self._in_work.discard(key)
        self._compared.pop(key, None)

    def end_comparisons(self) -> None:
        """Compare no more documents: the rollout was reverted."""
        self._compared.clear()
        self._to_score.clear()


def to_baseline(work: DocumentWork) -> DocumentWork:
    """The document's work for the baseline, without pages that another target read."""
    return DocumentWork(work.ref, work.started) if work.target else work
