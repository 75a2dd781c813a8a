"""Decides when a server whose requests only hang is dead or stuck. Pure: evidence in, verdict out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from mineru_cli.settings import Watching

Verdict = Literal["well", "stuck", "forgetful"]

FORGOTTEN_SHARE = 1 / 6
"""An idle engine is a surer sign than a busy one without progress: a share of ``stuck_after`` is enough."""


class Watchdog:
    """The evidence about one server."""

    def __init__(self, settings: Watching, *, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._progress_at = clock()
        self._checked_at = 0.0
        self._misses = 0
        self._iterations: float | None = None
        self._moved_at = clock()

    def progressed(self) -> None:
        """The first request after an idle time was sent, or one was answered."""
        self._progress_at = self._clock()
        self._misses = 0

    @property
    def suspicious(self) -> bool:
        """Whether nothing was answered for so long that a health check is due."""
        return self._clock() - max(self._progress_at, self._checked_at) >= self._settings.interval

    def missed(self) -> bool:
        """A health check failed or timed out. True: the server is dead."""
        self._misses += 1
        return self._misses >= self._settings.dead_after

    def answered(self) -> None:
        """A health check succeeded: the next one is due after another interval."""
        self._misses = 0
        self._checked_at = self._clock()

    def observed(self, iterations: float | None, running: float | None, waiting: float | None) -> Verdict:
        """A sample of the server's metrics while our requests are in flight. No metrics, no verdict.

        Every step of the engine increases the count, so one that stands still while requests run is a hang,
        however long the answers are. A server that runs and queues nothing has lost our requests.
        """
        now = self._clock()
        if iterations is None or iterations != self._iterations:
            self._iterations = iterations
            self._moved_at = now
            return "well"
        still = min(now - self._moved_at, now - self._progress_at)
        if not running and not waiting:
            return "forgetful" if still >= FORGOTTEN_SHARE * self._settings.stuck_after else "well"
        return "stuck" if running and still >= self._settings.stuck_after else "well"

    def start_over(self) -> None:
        """The server recovered: forget what was observed before."""
        self._iterations = None
        self._moved_at = self._clock()
        self.progressed()
