"""How long each phase of a start took, by the log of the server."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import anyio

from mineru_cli.servers.docker.progress import PHASES
from mineru_cli.servers.docker.vllm_log import phase_of

LOOK = 0.1
"""Seconds between two looks at the log."""

FIRST, LAST = "process started", "first request answered"


class StartPhases:
    """Notes when the phases that a log tells of begin; a log that tells of none leaves one, ``FIRST``."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reached = -1
        self._began: list[tuple[str, float]] = [(FIRST, clock())]

    async def follow(self, log: Path) -> None:
        """Read what is written to the file, until cancelled."""
        rest = ""
        async with await anyio.open_file(log, errors="replace") as file:
            while True:
                *lines, rest = (rest + await file.read()).split("\n")
                for line in lines:
                    self.read(line)
                await anyio.sleep(LOOK)

    def read(self, line: str) -> None:
        """One line of the log. Phases only ever go on."""
        phase = phase_of(line)
        if phase is not None and PHASES.index(phase) > self._reached:
            self._reached = PHASES.index(phase)
            self._began.append((phase, self._clock()))

    def until_answered(self, seconds: float) -> tuple[tuple[str, float], ...]:
        """All phases up to now, of which the last request took ``seconds``."""
        marks = [*self._began, ("", max(self._began[-1][1], self._clock() - seconds))]
        spans = [(name, then - at) for (name, at), (_, then) in pairwise(marks)]
        return (*spans, (LAST, seconds))
