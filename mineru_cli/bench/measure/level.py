"""Measures one level: a real run against a real server, with a steady window in the middle."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import anyio

from mineru_cli.bench.background import run_with_background, scratch_folder
from mineru_cli.bench.corpus.documents import Corpus
from mineru_cli.bench.measure.arrivals import closed_loop, due_times, open_loop
from mineru_cli.bench.measure.compute import compute_metrics
from mineru_cli.bench.measure.metrics import RunFigures
from mineru_cli.bench.measure.recording import Recording
from mineru_cli.bench.measure.sampling import gpu_drivers_mapped, sample
from mineru_cli.bench.measure.window import LEAST, Window
from mineru_cli.bench.plan import OfferedLoad
from mineru_cli.domain.document import DocumentRef
from mineru_cli.engine.run import convert_async
from mineru_cli.engine.stop_token import StopToken
from mineru_cli.errors import MeasurementFailed
from mineru_cli.settings import Settings
from mineru_cli.stats.descriptive import percentile

LOOK = 0.05
"""Polling interval of the progress in seconds."""

DRAIN = 120.0
"""Seconds that pages in flight have at the end."""

TURNS = 3
"""Least length of a window in request times: requests sent together are answered together."""

HOPELESS = 10
"""Pages or documents lost, with none read, after which the measurement is abandoned."""


@dataclass(frozen=True, slots=True)
class Bench:
    """State shared by the measurements of one bench. ``settings`` name the servers."""

    settings: Settings
    corpus: Corpus
    scratch: Path | None = None
    slo: float | None = None


async def measure(bench: Bench, load: OfferedLoad, run: int) -> RunFigures:
    """Convert at this load and compute the metrics. ``run`` numbers the measurements of a bench.

    Raises ``MeasurementFailed`` if every page is lost, ``ServerGivenUp``, ``OutputError``.
    """
    async with scratch_folder(bench.scratch) as folder:
        return await _measure(bench, load, run, folder)


async def _measure(bench: Bench, load: OfferedLoad, run: int, folder: Path) -> RunFigures:
    recording, stop = Recording(), StopToken()
    settings = bench.settings.model_copy(
        update={"inputs": (), "output": folder / "out", "concurrency": load.concurrency, "grace": DRAIN}
    )
    watch = _Watch(recording, load, stop)
    documents = _documents(bench.corpus, load, run, folder / "in", recording)
    report = await run_with_background(
        convert_async(settings, (recording,), stop, arrivals=documents),
        partial(sample, recording, settings, settings.server_url, settings.dcgm_address),
        watch.run,
    )
    if report.failure is not None:
        raise report.failure.error()
    if (failure := recording.only_failure) is not None:
        raise MeasurementFailed(
            f"no page could be read, {recording.lost} were lost: {failure.message}", hint=failure.hint
        )
    return compute_metrics(
        recording,
        watch.window,
        concurrency=load.concurrency,
        rate=load.rate,
        slo=bench.slo,
        gpu_drivers_mapped=watch.drivers,
    )


def _documents(
    corpus: Corpus, load: OfferedLoad, run: int, inputs: Path, recording: Recording
) -> AsyncIterator[DocumentRef]:
    documents = corpus.documents(run, inputs)
    if load.rate is None:
        return closed_loop(documents)
    due = due_times(load.rate, Random(load.seed * 7919 + run))
    return open_loop(documents, due, recording.arrivals, recording.late, clock=time.time, sleep=anyio.sleep)


class _Watch:
    """Opens the window after the warm-up, closes it, and then requests the run to stop."""

    def __init__(self, recording: Recording, load: OfferedLoad, run: StopToken) -> None:
        self._recording = recording
        self._load = load
        self._run = run
        self._begin: float | None = None
        self._done_before = 0
        self.window: Window | None = None
        self.drivers: int | None = None

    async def run(self) -> None:
        """Watch until the measurement is complete, or cannot succeed."""
        while True:
            await anyio.sleep(LOOK)
            if self.drivers is None and self._begin is not None:
                self.drivers = await anyio.to_thread.run_sync(gpu_drivers_mapped, self._recording.pids)
            if self._is_measured(time.time()):
                self._run.request("measured")
                if not self._load.drain:
                    self._run.request()
                return
            if self._recording.only_failure is not None and self._recording.lost >= HOPELESS:
                self._run.request("every page is lost")
                self._run.request()
                return

    def _is_measured(self, now: float) -> bool:
        if self._begin is None:
            if self._is_warm(now):
                self._begin, self._done_before = now, self._recording.ended
        elif self._is_over(now, self._begin):
            self.window = Window(self._begin, now)
        return self.window is not None

    def _is_warm(self, now: float) -> bool:
        running = now - self._recording.started if self._recording.started else 0.0
        pages = self._recording.pages
        if pages and self._recording.ended >= self._load.warm_up_pages:
            # Pages that started together at the beginning are done after one full turn of the slots.
            return running >= percentile([page.seconds for page in pages], 0.5)
        return running > self._load.patience

    def _is_over(self, now: float, begin: float) -> bool:
        seconds, pages = now - begin, self._recording.ended - self._done_before
        least = self._load.seconds or 0.0
        if seconds < least or pages < (self._load.pages or 0):
            return False
        return (pages >= LEAST and seconds >= self._turns()) or seconds > least + self._load.patience

    def _turns(self) -> float:
        """Seconds of some consecutive requests; 0 in an open loop, where they arrive at random."""
        pages = self._recording.pages
        if self._load.rate is not None or not pages:
            return 0.0
        one_after_the_other = min(2, max(page.requests for page in pages))
        return TURNS * percentile([page.seconds for page in pages], 0.5) / one_after_the_other
