"""The plan of a bench, and the choice of the next level if the user gives none. Plain values, pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mineru_cli.bench.knee import find_knee
from mineru_cli.errors import SettingsError

LEVELS = (1, 2, 4, 8, 16, 32, 64, 128)
EMBEDDED_LEVELS = (1, 2, 4)
"""For an engine on this machine's cores: more requests would only queue."""

HIGHEST = 1024
OPEN_LOOP_BOUND = 512
"""Limit of requests in flight in an open loop: high enough never to delay arrivals."""


@dataclass(frozen=True, slots=True)
class OfferedLoad:
    """One level. ``concurrency`` bounds the requests in flight; ``rate`` None keeps them all in use.

    The steady window is ``seconds`` long, or ``pages`` pages, whichever is given, and longer where requests
    are slow. ``rate`` is documents per second, arriving at random (Poisson) whatever the server does. Without
    ``drain`` pages in flight at the end are dropped: faster, but the totals are then below the server's.
    ``patience`` is the longest warm-up in seconds, and the most by which a window is extended.
    """

    concurrency: int
    seconds: float | None = None
    pages: int | None = None
    rate: float | None = None
    seed: int = 1
    drain: bool = True
    patience: float = 120.0

    @property
    def warm_up_pages(self) -> int:
        """Pages done before the window opens: half a turn of the slots, at least two.

        An open loop does not fill its slots, so they say nothing there.
        """
        return 2 if self.rate is not None else max(2, self.concurrency // 2)


@dataclass(frozen=True, slots=True)
class Plan:
    """A bench. ``levels`` None: chosen automatically. ``slo`` in seconds, ``gpu_cost`` in $ per hour."""

    levels: tuple[int, ...] | None = LEVELS
    repeats: int = 3
    seconds: float | None = 20.0
    pages: int | None = None
    rate: float | None = None
    seed: int = 1
    slo: float | None = None
    gpu_cost: float | None = None
    warm_up_seconds: float = 3.0
    reset: bool = True
    drain: bool = True
    patience: float = 120.0
    scratch: Path | None = None

    def load(self, concurrency: int) -> OfferedLoad:
        """One level of it."""
        return OfferedLoad(
            concurrency, self.seconds, self.pages, self.rate, self.seed, self.drain, self.patience
        )


def parse_levels(text: str) -> tuple[int, ...] | None:
    """``1,2,4,8``, or ``auto`` for None. ``1,2,4,...,64`` continues by doubling. Raises ``SettingsError``."""
    if text == "auto":
        return None
    levels: list[int] = []
    doubling = False
    for part in (part.strip() for part in text.split(",")):
        if part in ("...", "…"):
            doubling = bool(levels)
            continue
        if not part.isdigit() or not 1 <= int(part) <= HIGHEST:
            raise SettingsError(
                f"--sweep {text!r}: {part!r} is not a number from 1 to {HIGHEST}",
                hint="write --sweep 1,2,4,8 or --sweep auto",
            )
        while doubling and levels[-1] * 2 < int(part):
            levels.append(levels[-1] * 2)
        doubling = False
        levels.append(int(part))
    while doubling and levels and levels[-1] * 2 <= LEVELS[-1]:
        levels.append(levels[-1] * 2)
    if not levels:
        raise SettingsError(f"--sweep {text!r} names no level", hint="write --sweep 1,2,4,8 or --sweep auto")
    return tuple(sorted(set(levels)))


GAIN = 1.1
"""A doubling that gains less than a tenth has passed the knee."""

FLAT_STEPS = 2
AROUND = (0.75, 1.3)
"""Further levels to measure, as multiples of the knee."""


def next_level(points: Sequence[tuple[int, float]], highest: int = HIGHEST) -> int | None:
    """The next concurrency for these (concurrency, pages/s) points; None when done.

    Doubles until two doublings in a row gain little, then refines around the knee.
    """
    if not points:
        return 1
    ordered = sorted(points)
    top = max(level for level, _ in ordered)
    if not _is_flat([(x, y) for x, y in ordered if x & (x - 1) == 0]) and top * 2 <= highest:
        return top * 2
    knee = find_knee(ordered).knee
    if knee is None:
        return None
    measured = [level for level, _ in ordered]
    for factor in AROUND:
        wanted = max(1, round(knee.concurrency * factor))
        if all(abs(wanted - level) > 0.1 * level for level in measured) and len(measured) < 16:
            return wanted
    return None


def _is_flat(doublings: Sequence[tuple[int, float]]) -> bool:
    speeds = [speed for _, speed in doublings]
    if len(speeds) <= FLAT_STEPS:
        return False
    tail = speeds[-FLAT_STEPS - 1 :]
    return all(after < GAIN * before for before, after in itertools.pairwise(tail))
