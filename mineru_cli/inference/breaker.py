"""The circuit breaker of one server. Pure: clock and randomness are passed in, nothing here waits.

::

    closed ── half of the last 30 s or 20 in a row failed, or trip() ──> open
      ^                                                                   │ due(), and a health check
      └── first trial succeeds ── half-open <─────────────────────────────┘ that succeeds
                                      └── half_open_calls trials failed ──> open, for twice as long

An open breaker never fails a request: it waits, or goes to another server.

How long it stays open depends on why. After failed requests: ``open_for``, doubling to ``open_cap``, because
each trial costs real requests. After a lost server: a tenth of the outage so far, at least half a second,
because a health check costs nothing, and a server that is back should be used at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from mineru_cli.domain.events import BreakerState
from mineru_cli.settings import Breaking

IN_A_ROW = 2
"""``min_calls`` times this number of consecutive failures open it, whatever the failure rate."""

OUTAGE_SHARE = 0.1
SHORTEST_PROBE_WAIT, LONGEST_PROBE_WAIT = 0.5, 15.0
"""Seconds between two health checks of a lost server: this share of its outage, within these bounds."""


class Breaker:
    """Counts outcomes and decides whether requests may be sent. ``changed`` gets each new state and why."""

    def __init__(
        self,
        settings: Breaking,
        *,
        clock: Callable[[], float],
        random: Callable[[], float],
        changed: Callable[[BreakerState, str], None],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._random = random
        self._changed = changed
        self._state: BreakerState = "closed"
        self._generation = 0
        self._window: deque[list[float]] = deque()
        self._in_a_row = 0
        self._level = 0
        self._closed_at = clock()
        self._lost_at = 0.0
        self._due_at = 0.0
        self._trials = 0
        self._failed_trials = 0

    @property
    def state(self) -> BreakerState:
        """The current state."""
        return self._state

    @property
    def admits(self) -> bool:
        """Whether one more request may be sent now."""
        if self._state == "half-open":
            return self._trials + self._failed_trials < self._settings.half_open_calls
        return self._state == "closed"

    @property
    def due_in(self) -> float:
        """Seconds until an open breaker is due for a health check; 0 when it is due, or not open."""
        return max(0.0, self._due_at - self._clock()) if self._state == "open" else 0.0

    def enter(self) -> int:
        """Count a request as sent. Pass the returned value to ``leave``."""
        if self._state == "half-open":
            self._trials += 1
        return self._generation

    def leave(self, generation: int) -> None:
        """The request ended, whatever its outcome."""
        if generation == self._generation and self._state == "half-open":
            self._trials -= 1

    def record(self, generation: int, succeeded: bool) -> None:
        """Record the outcome of a request.

        Requests sent before the last change of state are ignored: they say nothing about the server now.
        """
        if generation != self._generation:
            return
        if self._state == "half-open":
            self._judge_trial(succeeded)
        elif self._state == "closed":
            self._count(succeeded)

    def trip(self, reason: str, *, lost: bool = False) -> None:
        """Open now. ``lost``: the server is unreachable, so health checks follow soon and often."""
        now = self._clock()
        if self._state == "open":
            if lost:
                self._due_at = min(self._due_at, now + self._probe_wait())
            return
        if self._state == "closed":
            if now - self._closed_at > self._settings.window:
                self._level = 0
            self._lost_at = now
        self._due_at = now + (self._probe_wait() if lost else self._pause())
        self._become("open", reason)

    def still_open(self) -> None:
        """A health check failed: schedule the next one."""
        self._due_at = self._clock() + self._probe_wait()

    def try_again(self) -> None:
        """A health check succeeded: become half-open and let a few requests through."""
        if self._state == "open":
            self._trials = self._failed_trials = 0
            self._become("half-open", "the server answers again")

    def _judge_trial(self, succeeded: bool) -> None:
        if succeeded:
            self._window.clear()
            self._closed_at = self._clock()
            self._become("closed", "a request succeeded")
        else:
            self._failed_trials += 1
            if self._failed_trials >= self._settings.half_open_calls:
                self.trip("the server answers, but requests still fail")

    def _count(self, succeeded: bool) -> None:
        now = self._clock()
        second = float(int(now))
        if not self._window or self._window[-1][0] != second:
            self._window.append([second, 0.0, 0.0])
            while self._window[0][0] < now - self._settings.window:
                self._window.popleft()
        self._window[-1][1 if succeeded else 2] += 1.0
        self._in_a_row = 0 if succeeded else self._in_a_row + 1
        if succeeded:
            return
        if self._in_a_row >= IN_A_ROW * self._settings.min_calls:
            self.trip(f"{self._in_a_row} requests in a row failed")
            return
        failed = sum(bucket[2] for bucket in self._window)
        calls = failed + sum(bucket[1] for bucket in self._window)
        if calls >= self._settings.min_calls and failed >= self._settings.failure_share * calls:
            self.trip(f"{failed:.0f} of the last {calls:.0f} requests failed")

    def _pause(self) -> float:
        wait = min(self._settings.open_cap, self._settings.open_for * 2.0**self._level)
        self._level = min(self._level + 1, 32)
        return wait * (0.8 + 0.4 * self._random())

    def _probe_wait(self) -> float:
        outage = self._clock() - self._lost_at
        wait = min(max(OUTAGE_SHARE * outage, SHORTEST_PROBE_WAIT), LONGEST_PROBE_WAIT)
        return wait * (0.8 + 0.4 * self._random())

    def _become(self, state: BreakerState, reason: str) -> None:
        self._state = state
        self._generation += 1
        self._in_a_row = 0
        self._changed(state, reason)
