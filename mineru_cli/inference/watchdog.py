"""When is a server dead or stuck, though requests to it just hang? Pure: evidence in, verdict out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from mineru_cli.settings import Watching

Verdict = Literal["well", "stuck", "forgetful"]

FORGOTTEN_SHARE = 1 / 6
"""An idle engine is a surer sign than a busy one that does not move: a share of ``stuck_after`` will do."""


class Watchdog:
    """The evidence about one server."""

    def __init__(self, settings: Watching, *, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._progress_at = clock()
        self._looked_at = 0.0
        self._misses = 0
        self._iterations: float | None = None
        self._moved_at = clock()

    def progressed(self) -> None:
        """The first request was sent after a silence, or one was answered."""
        self._progress_at = self._clock()
        self._misses = 0

    @property
    def suspicious(self) -> bool:
        """Whether nothing was answered for so long that somebody should ask ``/health``."""
        return self._clock() - max(self._progress_at, self._looked_at) >= self._settings.interval

    def missed(self) -> bool:
        """``/health`` could not be reached or gave no answer in time. True: the server is dead."""
        self._misses += 1
        return self._misses >= self._settings.dead_after

    def answered(self) -> None:
        """``/health`` answered: enough for another interval."""
        self._misses = 0
        self._looked_at = self._clock()

    def observed(self, iterations: float | None, running: float | None, waiting: float | None) -> Verdict:
        """A sample of the server's own metrics while our own requests are in flight. No metrics, no verdict.

        The engine moves on with every step, so a count that stands still while requests run is a hang,
        however long the answers are. A server that runs and queues nothing has forgotten what we wait for.
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
        """The server came back: what was seen before does not count."""
        self._iterations = None
        self._moved_at = self._clock()
        self.progressed()
