"""What a bench announces while it measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mineru_cli.bench.measure.metrics import RunFigures


@dataclass(frozen=True, slots=True)
class Planned:
    """All that will be measured. ``levels`` None: found on the way; ``seconds`` None: counted in pages."""

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
    """The measurement that began last is done."""

    figures: RunFigures


@dataclass(frozen=True, slots=True)
class Note:
    """Something a user should read once."""

    text: str


Progress = Planned | LevelStarted | Measured | Note
Announce = Callable[[Progress], None]
