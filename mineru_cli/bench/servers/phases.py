"""Duration of each phase of a start, from the server's log."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import anyio

from mineru_cli.servers.docker.progress import PHASES
from mineru_cli.servers.docker.vllm_log import phase_of

LOOK = 0.1
"""Polling interval of the log in seconds."""

FIRST, LAST = "process started", "first request answered"


class StartPhases:
    """Records when phases begin according to a log; without any there is one phase, ``FIRST``."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reached = -1
        self._began: list[tuple[str, float]] = [(FIRST, clock())]

    async def follow(self, log: Path) -> None:
        """Follow the file until cancelled."""
        rest = ""
        async with await anyio.open_file(log, errors="replace") as file:
            while True:
                *lines, rest = (rest + await file.read()).split("\n")
                for line in lines:
                    self.read(line)
                await anyio.sleep(LOOK)

    def read(self, line: str) -> None:
        """Handle one line of the log. Phases never go back."""
        phase = phase_of(line)
        if phase is not None and PHASES.index(phase) > self._reached:
            self._reached = PHASES.index(phase)
            self._began.append((phase, self._clock()))

    def until_answered(self, seconds: float) -> tuple[tuple[str, float], ...]:
        """All phases so far; the last one is the request, which took ``seconds``."""
        marks = [*self._began, ("", max(self._began[-1][1], self._clock() - seconds))]
        spans = [(name, then - at) for (name, at), (_, then) in pairwise(marks)]
        return (*spans, (LAST, seconds))
