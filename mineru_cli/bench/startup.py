"""How long a server and a worker take until they are of use."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mineru_cli.bench.bench import Announce, Said
from mineru_cli.bench.corpus import Corpus
from mineru_cli.bench.first_request import time_to_first_request
from mineru_cli.errors import UsageError
from mineru_cli.settings import Settings


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
    """``workers`` are seconds from starting a worker's process to its first request, one a try."""

    server: str
    starts: tuple[ServerStart, ...]
    workers: tuple[float, ...]

    @property
    def worker_median(self) -> float | None:
        """None when no worker ever asked."""
        return statistics.median(self.workers) if self.workers else None

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "server": self.server,
            "starts": [{**asdict(start), "seconds": start.seconds} for start in self.starts],
            "worker_to_first_request": {"median": self.worker_median, "seconds": list(self.workers)},
        }


async def measure_startup(
    settings: Settings, corpus: Corpus, announce: Announce, *, server: str, tries: int
) -> Startup:
    """Start the server twice and a worker ``tries`` times. ``server``: "embedded", "docker" or "none".

    Raises ``EngineUnavailable``, ``ServerGivenUp``, ``UsageError``.
    """
    starts: tuple[ServerStart, ...] = ()
    if server == "embedded":
        starts = await _twice(_start_embedded, announce)
    elif server == "docker":
        starts = await _twice(_start_docker, announce)
    workers = []
    for number in range(tries):
        announce(Said(f"starting worker {number + 1} of {tries}"))
        seconds = await time_to_first_request(corpus, settings, number)
        if seconds is not None:
            workers.append(seconds)
    return Startup(server, starts, tuple(workers))


async def _twice(start: Callable[[], Any], announce: Announce) -> tuple[ServerStart, ...]:
    labels = ("first: the disk cache may be cold", "again: warm")
    found = []
    for label in labels:
        announce(Said(f"starting the server, {label}"))
        found.append(ServerStart(label, await start()))
    return tuple(found)


async def _start_embedded() -> tuple[tuple[str, float], ...]:
    """From nothing to the first answer of a server that is then stopped."""
    from mineru_cli.bench.own.first_answer import await_first_answer
    from mineru_cli.servers.embedded.config import EmbeddedConfig
    from mineru_cli.servers.embedded.process import embedded_server

    marks = [time.monotonic()]
    async with embedded_server(EmbeddedConfig()) as info:
        marks.append(time.monotonic())
        answered = await await_first_answer(info.url)
        marks.append(time.monotonic())
    ready = marks[2] - marks[1] - answered
    return (
        ("process up and listening", marks[1] - marks[0]),
        ("models loaded", max(0.0, ready)),
        ("first request answered", answered),
    )


async def _start_docker() -> tuple[tuple[str, float], ...]:
    """The container's phases, as ``server up`` tells them; the container is then removed."""
    from mineru_cli.servers.docker.config import DockerConfig
    from mineru_cli.servers.docker.launch import down, up

    ready = await up(DockerConfig(), lambda progress: None)
    if ready.found:
        raise UsageError("a server is running already", hint="stop it first: mineru-batch server down")
    await down(DockerConfig())
    return (*ready.phases, ("first request answered", ready.answer_seconds))


def spread_text(seconds: Sequence[float]) -> str:
    """``0.61 s (0.58-0.70 s, 5 tries)``."""
    if not seconds:
        return "unknown"
    low, high = min(seconds), max(seconds)
    return f"{statistics.median(seconds):.2f} s ({low:.2f}-{high:.2f} s, {len(seconds)} tries)"
