"""A command measured: wall time, CPU of all its processes, peak memory of all of them at one moment."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SAMPLE_EVERY = 0.2
"""Seconds. Summing PSS walks page tables, so sampling costs the measured process: rarely is fair to all."""


@dataclass(frozen=True)
class Measured:
    """``cpu`` is user + system seconds, ``peak`` the highest sum of PSS in MB, ``processes`` its parts."""

    seconds: float
    cpu: float
    peak: float
    processes: tuple[float, ...]
    started: float
    status: int


def measure(
    command: list[str],
    *,
    env: dict[str, str] | None = None,
    memory: bool = True,
    cwd: Path | None = None,
    stdout: IO[bytes] | int = subprocess.DEVNULL,
) -> Measured:
    """Run to the end. ``started`` is on ``time.monotonic``. CPU counts children that were waited for."""
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
    )
    peak = _Peak(process.pid)
    if memory:
        peak.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    peak.end()
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(seconds, cpu, sum(peak.most), peak.most, started, process.returncode)


class _Peak(threading.Thread):
    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.most: tuple[float, ...] = ()
        self._pid = pid
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(SAMPLE_EVERY):
            sizes = tuple(proportional_set(pid) / 1e6 for pid in family(self._pid))
            if sum(sizes) > sum(self.most):
                self.most = sizes

    def end(self) -> None:
        self._over.set()
        if self.is_alive():
            self.join()


def family(pid: int) -> Iterator[int]:
    """The process and all its descendants."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            pids = children.read_text().split()
        except OSError:
            continue
        for child in pids:
            yield from family(int(child))


def proportional_set(pid: int) -> int:
    """Bytes of memory, shared pages counted by their share. 0 when the process is gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0
