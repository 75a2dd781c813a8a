"""Requests to stop a run: first graceful, then immediate. Safe from signal handlers and threads."""

from __future__ import annotations

from collections.abc import Callable


class StopToken:
    """Counts requests and passes each on to the run, once one is listening."""

    def __init__(self) -> None:
        self.requests = 0
        self.reason = ""
        self._paused = False
        self._listener: Callable[[], None] | None = None

    def request(self, reason: str = "") -> None:
        """Ask the run to stop. The first time it drains within its grace, the second time it ends at once."""
        self.requests += 1
        self.reason = self.reason or reason
        self._notify()

    @property
    def paused(self) -> bool:
        """Whether the run is asked to pause: to start no page."""
        return self._paused

    def pause(self, paused: bool) -> None:
        """Pause, starting no page, or resume."""
        self._paused = paused
        self._notify()

    def listen(self, listener: Callable[[], None] | None) -> None:
        """``listener`` is called on every change, from whatever thread; it must only wake the run."""
        self._listener = listener
        if listener and (self.requests or self._paused):
            listener()

    def _notify(self) -> None:
        if self._listener:
            self._listener()
