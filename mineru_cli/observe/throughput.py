"""Rates over a window and on average, timelines of a whole run, time left.

Pure. Times are seconds on any one clock and are passed in; memory does not grow with the run.
"""

from __future__ import annotations

from collections import deque

BUCKET = 1.0
"""Seconds that one bucket of a ``Rate`` covers."""

KEPT = 600
"""Buckets that a ``Rate`` keeps: ten minutes."""


class Rate:
    """Events per second: over the last ``window`` seconds, on average, and as a recent history."""

    def __init__(self, window: float = 30.0) -> None:
        self.window = window
        self.total = 0.0
        self.started: float | None = None
        self._buckets: deque[tuple[int, float]] = deque(maxlen=KEPT)

    def start(self, at: float) -> None:
        """Start the clock. Only the first call counts; ``add`` calls it too."""
        if self.started is None:
            self.started = at

    def add(self, at: float, amount: float = 1.0) -> None:
        """Count ``amount`` things at a time. Times out of order count for the newest bucket."""
        self.start(at)
        self.total += amount
        bucket = int(at // BUCKET)
        if self._buckets and self._buckets[-1][0] >= bucket:
            last, counted = self._buckets[-1]
            self._buckets[-1] = (last, counted + amount)
        else:
            self._buckets.append((bucket, amount))

    def now(self, at: float, since: float | None = None) -> float:
        """Events per second over the window that ends at ``at``, or over the time so far if shorter.

        Events before ``since`` do not count.
        """
        if self.started is None:
            return 0.0
        start = self.started if since is None else max(self.started, since)
        span = min(self.window, max(at - start, BUCKET))
        since = (at - span) // BUCKET
        counted = 0.0
        for bucket, amount in reversed(self._buckets):
            if bucket <= since:
                break
            counted += amount
        return counted / span

    def average(self, at: float, idle: float = 0.0) -> float:
        """Events per second since the start, excluding ``idle`` seconds."""
        if self.started is None:
            return 0.0
        return self.total / max(at - self.started - idle, BUCKET)

    def history(self, at: float, points: int, step: int = 5) -> tuple[float, ...]:
        """Rates of the last ``points`` full steps of ``step`` seconds, oldest first; none before the start.

        Steps begin at multiples of ``step``, so that past values do not change.
        """
        if self.started is None:
            return ()
        newest = int(at // step)
        steps = min(points, newest - int(self.started // step))
        if steps < 1:
            return (self.now(at),)
        sums = [0.0] * steps
        for bucket, amount in self._buckets:
            age = newest - int(bucket * BUCKET // step)
            if 1 <= age <= steps:
                sums[-age] += amount
        return tuple(amount / step for amount in sums)


class TimeBuckets:
    """A value over a whole run in at most ``points`` buckets: when they are full, their width doubles.

    ``sums`` are totals per bucket (events), ``means`` averages (gauges).
    """

    def __init__(self, points: int = 512, width: float = 1.0) -> None:
        self.points = points
        self.width = width
        self.started: float | None = None
        self._sums: list[float] = []
        self._counts: list[int] = []

    def add(self, at: float, value: float) -> None:
        """Add a value; times before the start count as the start."""
        if self.started is None:
            self.started = at
        index = max(0, int((at - self.started) // self.width))
        while index >= self.points:
            self._halve()
            index //= 2
        missing = index + 1 - len(self._sums)
        if missing > 0:
            self._sums.extend([0.0] * missing)
            self._counts.extend([0] * missing)
        self._sums[index] += value
        self._counts[index] += 1

    @property
    def sums(self) -> tuple[float, ...]:
        """The sum of each bucket, oldest first. Divided by ``width`` this is a rate."""
        return tuple(self._sums)

    @property
    def means(self) -> tuple[float | None, ...]:
        """The mean of each bucket, oldest first; None for empty buckets."""
        return tuple(
            total / count if count else None for total, count in zip(self._sums, self._counts, strict=True)
        )

    def _halve(self) -> None:
        self._sums = [sum(self._sums[i : i + 2]) for i in range(0, len(self._sums), 2)]
        self._counts = [sum(self._counts[i : i + 2]) for i in range(0, len(self._counts), 2)]
        self.width *= 2


def time_left(remaining: float, now_rate: float, average_rate: float) -> float | None:
    """Seconds until ``remaining`` items are done; None if unknown.

    Uses the mean of the current and the average rate: stable, but responsive when the server slows.
    """
    if remaining <= 0:
        return 0.0
    rate = (now_rate + average_rate) / 2
    return remaining / rate if rate > 0 else None
