"""Backpressure of a server that refuses requests as busy: pause, then try a few. Pure."""

from __future__ import annotations

from collections.abc import Callable

from mineru_cli.settings import Retrying

TRIAL_REQUESTS = 3
"""Limit of requests in flight while a server has answered only "busy"."""


class BusyGate:
    """Closed for a while after "busy"; any other answer opens it again.

    A server with a queue cap refuses some requests and serves the others: each answer then opens the gate
    within milliseconds, and only the concurrency shrinks. A server that refuses everything gets one request
    after each wait, and the waits grow.
    """

    def __init__(
        self, settings: Retrying, *, clock: Callable[[], float], random: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._random = random
        self._level = 0
        self._opens_at = 0.0

    @property
    def shut(self) -> bool:
        """Whether the server's last answer was "busy"."""
        return self._level > 0

    @property
    def opens_in(self) -> float:
        """Seconds until something may be sent again."""
        return max(0.0, self._opens_at - self._clock()) if self._level else 0.0

    def room(self, limit: int) -> int:
        """How many requests may be in flight, of the ``limit`` when the gate is open."""
        if not self._level:
            return limit
        return min(limit, TRIAL_REQUESTS) if self._opens_at <= self._clock() else 0

    def busy(self, wait: float | None) -> None:
        """The server was busy; ``wait`` is its Retry-After in seconds. A burst counts once."""
        now = self._clock()
        if now >= self._opens_at:
            self._level = min(self._level + 1, 16)
            ceiling = min(self._settings.cap / 4, self._settings.busy_base * 2.0 ** (self._level - 1))
            self._opens_at = now + ceiling * (0.25 + 0.75 * self._random()) / 2
        if wait is not None:
            self._opens_at = max(self._opens_at, now + wait)

    def answered(self) -> None:
        """The server answered something other than "busy"."""
        self._level = 0
        self._opens_at = 0.0
