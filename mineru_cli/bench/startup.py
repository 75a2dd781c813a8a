"""Start-up time of a server and of a worker."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mineru_cli.bench.corpus.documents import Corpus
from mineru_cli.bench.measure.first_request import time_to_first_request
from mineru_cli.bench.progress import Announce, Note
from mineru_cli.bench.servers.own_server import OwnServer
from mineru_cli.settings import Settings

LABELS = ("first: the disk cache may be cold", "again: warm")


@dataclass(frozen=True, slots=True)
class ServerStart:
    """One start. ``phases`` are (name, seconds) in order; ``label`` says cold or warm and why."""

    label: str
    phases: tuple[tuple[str, float], ...]

    @property
    def seconds(self) -> float:
        """All phases."""
        return sum(seconds for _, seconds in self.phases)


@dataclass(frozen=True, slots=True)
class Startup:
    """``workers`` are seconds from starting a worker's process to its first request, one per try."""

    server: str
    starts: tuple[ServerStart, ...]
    workers: tuple[float, ...]

    @property
    def worker_median(self) -> float | None:
        """None if no worker sent a request."""
        return statistics.median(self.workers) if self.workers else None

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "server": self.server,
            "starts": [{**asdict(start), "seconds": start.seconds} for start in self.starts],
            "worker_to_first_request": {"median": self.worker_median, "seconds": list(self.workers)},
        }


async def measure_startup(
    settings: Settings, corpus: Corpus, announce: Announce, *, own: OwnServer | None, tries: int
) -> Startup:
    """Start ``own`` twice and a worker ``tries`` times. Raises what ``OwnServer.started`` raises."""
    starts = []
    if own is not None:
        for label in LABELS:
            announce(Note(f"starting the server, {label}"))
            async with own.started({}) as up:
                starts.append(ServerStart(label, up.phases))
    workers = []
    for number in range(tries):
        announce(Note(f"starting worker {number + 1} of {tries}"))
        seconds = await time_to_first_request(corpus, settings, number)
        if seconds is not None:
            workers.append(seconds)
    return Startup(own.name if own is not None else "none", tuple(starts), tuple(workers))


def spread_text(seconds: Sequence[float]) -> str:
    """``0.61 s (0.58-0.70 s, 5 tries)``."""
    if not seconds:
        return "unknown"
    low, high = min(seconds), max(seconds)
    return f"{statistics.median(seconds):.2f} s ({low:.2f}-{high:.2f} s, {len(seconds)} tries)"
