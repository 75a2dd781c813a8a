"""Adaptive concurrency: how many requests one worker keeps in flight on one server. Pure.

Additive increase, multiplicative decrease, as in TCP: doubling at first, until the server begins to queue or
to refuse; then small steps around its capacity. The signal is the server's own queue
(``vllm:num_requests_waiting``); where a server does not report it, the latency of its answers is used.
"""

from __future__ import annotations

from mineru_cli.settings import Adapting

STEP = 0.1
"""Additive step as a share of the limit, at least one."""

NOISE = 0.15
"""Share of failed requests in a period that counts as noise, not as overload."""

GROWING, CROWDED = 1.5, 2.5
"""Latency, as a multiple of the best seen, up to which the limit grows and above which it shrinks."""

FORGETTING = 1.002
"""The best latency decays by 0.2 % per period: pages differ, and load changes over the day."""

USELESS = 0.97
"""If a smaller limit leaves more than this share of the latency, the pages take longer, not the queue."""


class Adaptive:
    """The limit for one server. Report each outcome to it, and call ``tick`` about once a second."""

    def __init__(self, settings: Adapting, *, start: int, share: float = 1.0) -> None:
        self._settings = settings
        self._ceiling = max(1, round(settings.ceiling * share))
        self._limit = float(min(max(start, settings.floor), self._ceiling))
        self._threshold = float("inf")
        self._best = float("inf")
        self._crowded_mean = float("inf")
        self._ran = 0.0
        self._backing_off = False
        self._reset()

    @property
    def limit(self) -> int:
        """Requests that may be in flight."""
        return int(self._limit)

    def succeeded(self, seconds: float) -> None:
        """A request was answered after ``seconds``."""
        self._good += 1
        self._seconds += seconds

    def failed(self) -> None:
        """A request failed through the server's fault."""
        self._bad += 1

    def busy(self) -> None:
        """The server refused a request as busy."""
        self._busy += 1

    def lost(self) -> None:
        """The server stopped answering: everything in flight was taken back. Perhaps it has too much to do.

        The limit falls at once: with the old one an overloaded server would fall silent again and again.
        """
        self._back_off()
        self._reset()

    def tick(self, in_flight: int, running: float | None, waiting: float | None) -> None:
        """End a period. ``running`` and ``waiting`` are the server's own numbers, None when unknown."""
        if self._busy or self._bad > NOISE * (self._bad + self._good):
            self._back_off()
        elif running is not None and waiting is not None:
            self._follow_queue(in_flight, running, waiting)
        else:
            self._follow_latency(in_flight)
        if self._good:
            self._backing_off = False
        self._reset()

    def _follow_queue(self, in_flight: int, running: float, waiting: float) -> None:
        room = max(1.0, self._settings.waiting_share * running)
        if waiting > room:
            # Other clients may send to the same server: each gives back the same share of the surplus.
            self._shrink((running + room) / (running + waiting))
        elif waiting < room and in_flight >= 0.9 * self.limit:
            # Doubling stops helping when the server runs no more than before, queue or not.
            if running < 1.2 * self._ran:
                self._threshold = min(self._threshold, self._limit)
            self._grow()
        self._ran = running

    def _follow_latency(self, in_flight: int) -> None:
        if not self._good:
            return
        mean = self._seconds / self._good
        self._best = min(self._best * FORGETTING, mean)
        crowded = mean > CROWDED * self._best
        if crowded and mean > USELESS * self._crowded_mean:
            self._best = mean / GROWING
            crowded = False
        self._crowded_mean = mean if crowded else float("inf")
        if crowded:
            self._shrink(0.9)
        elif mean >= GROWING * self._best:
            self._threshold = min(self._threshold, self._limit)
        elif in_flight >= 0.9 * self.limit:
            self._grow()

    def _grow(self) -> None:
        step = self._limit if self._limit < self._threshold else max(1.0, STEP * self._limit)
        goal = self._limit + step
        if self._limit < self._threshold:
            goal = min(goal, max(self._threshold, self._limit + 1.0))
        self._limit = min(goal, float(self._ceiling))

    def _shrink(self, factor: float) -> None:
        self._limit = max(float(self._settings.floor), self._limit * max(factor, self._settings.backoff))
        self._threshold = min(self._threshold, self._limit)

    def _back_off(self) -> None:
        if not self._backing_off:
            # Where growth resumes: one long refusal must not make the recovery long.
            self._threshold = max(self._limit * self._settings.backoff, 1.0)
        self._backing_off = True
        self._ran = 0.0
        self._limit = max(float(self._settings.floor), self._limit * self._settings.backoff)

    def _reset(self) -> None:
        self._good = self._bad = self._busy = 0
        self._seconds = 0.0
