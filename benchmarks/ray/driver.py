"""The command as a process of its own, followed by its events."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.corpus import ROOT
from benchmarks.ray.event_log import EventFile

POLL = 0.1
"""Seconds between two looks at the events."""


class Driver:
    """A running ``mineru-batch convert``."""

    def __init__(
        self, folder: Path, name: str, arguments: Sequence[str], environment: Mapping[str, str], limit: float
    ) -> None:
        """``folder`` gets its events and its stderr; after ``limit`` seconds, waiting raises."""
        self._errors = folder / f"{name}.stderr"
        self._limit = time.monotonic() + limit
        self.started = time.time()
        path = folder / f"{name}.jsonl"
        command = [sys.executable, "-m", "mineru_cli", "convert", *arguments, "--progress", "json"]
        with path.open("wb") as out, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
                cwd=ROOT,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        self.log = EventFile(path)

    def wait_for_pages(self, pages: int) -> None:
        """Wait until this number of pages is finished."""
        while self.log.pages < pages:
            if self.process.poll() is not None:
                raise SystemExit(f"it ended with {self.process.returncode}: {self._tail()}")
            self._pause()

    def wait(self) -> int:
        """Wait for its end; returns the exit code."""
        while self.process.poll() is None:
            self._pause()
        self.log.update()
        return self.process.returncode

    def kill(self) -> None:
        """SIGKILL, and wait for it."""
        self.process.kill()
        self.process.wait()
        self.log.update()

    def kill_newest_worker(self) -> None:
        """SIGKILL to the worker that started last."""
        os.kill(self.log.of("worker-started")[-1]["pid"], signal.SIGKILL)

    def _pause(self) -> None:
        if time.monotonic() > self._limit:
            raise SystemExit(f"it does not end ({self.log.pages} pages): {self._tail()}")
        time.sleep(POLL)
        self.log.update()

    def _tail(self) -> str:
        return self._errors.read_text("utf-8", "replace")[-2000:]


@contextmanager
def driving(
    folder: Path,
    name: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    limit: float = 1800.0,
) -> Iterator[Driver]:
    """A driver that does not outlive the block."""
    driver = Driver(folder, name, arguments, environment, limit)
    try:
        yield driver
    finally:
        driver.kill()
