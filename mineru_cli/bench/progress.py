"""Progress events of a bench."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mineru_cli.bench.measure.metrics import RunFigures


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan. ``levels`` None: found on the way; ``seconds`` None: counted in pages."""

    levels: tuple[int, ...] | None
    repeats: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class LevelStarted:
    """A measurement begins. ``repeat`` counts from 1; ``concurrency`` 0 is the warm-up of the server.

    ``rate`` is that of an open loop, in documents per second.
    """

    concurrency: int
    repeat: int
    repeats: int
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The current measurement is done."""

    figures: RunFigures


@dataclass(frozen=True, slots=True)
class Note:
    """A notice to the user."""

    text: str


Progress = Planned | LevelStarted | Measured | Note
Announce = Callable[[Progress], None]
