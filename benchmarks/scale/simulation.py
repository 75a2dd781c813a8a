"""A run of the real coordinator, recorder, observers and ledger over simulated workers, in virtual time."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from benchmarks.scale.virtual_time import run_in_virtual_time
from benchmarks.scale.workers import SimulatedPool
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import Notice, PageFinished
from mineru_cli.engine.conversion import COMMIT_EVERY
from mineru_cli.engine.observers import Announcer
from mineru_cli.engine.recorder import Recorder
from mineru_cli.engine.schedule.backlog import Backlog
from mineru_cli.engine.schedule.coordinator import Coordinator
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.observe.progress import RunProgress
from mineru_cli.observe.timeline_recorder import TimelineRecorder
from mineru_cli.observe.waiting import WaitingTime
from mineru_cli.settings import Limits
from mineru_cli.sources.pages import PageSelection
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.local.spool import Spool
from mineru_cli.store.run_folder import RunFolder

BATCH = 500
WINDOW = 16
PER_FOLDER = 1000
REPORT_EVERY = 50_000


@dataclass(frozen=True, slots=True)
class Plan:
    """``vanish`` (0-1) of the workers are lost at once when half of the documents are done.

    ``stillborn`` workers end before they are ready; without ``wire`` messages are not written as JSON and read.
    """

    workers: int = 1000
    documents: int = 100_000
    pages: int = 1
    vanish: float = 0.0
    stillborn: bool = False
    wire: bool = True
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. ``cpu`` are seconds without ``simulated_cpu``, those of the simulated workers.

    ``peak_mb`` is the process's.

    ``stall`` is the longest virtual time without a finished page, ``renderings`` how many pages were rendered
    how many times. ``warnings`` were announced, as of an observer that failed and is switched off.
    """

    done: int
    units: int
    messages: int
    seconds: float
    cpu: float
    simulated_cpu: float
    peak_mb: float
    virtual_seconds: float
    lost_workers: int
    starts: int
    stall: float
    renderings: dict[int, int]
    ended: str
    warnings: tuple[str, ...]

    @property
    def units_per_second(self) -> float:
        """Units per second of CPU, of one core."""
        return self.units / self.cpu if self.cpu else 0.0


def simulate(plan: Plan, folder: Path) -> Outcome:
    """Run the plan with a ledger in ``folder``."""
    return run_in_virtual_time(lambda: _Simulation(plan, folder).run())


def document(number: int) -> DocumentRef:
    """The document with this number, as a listing of 1,000 files per folder would name it."""
    key = f"{number // PER_FOLDER:05}/document-{number:07}"
    return DocumentRef(key, f"document-{number:07}", f"/in/{key}.pdf", "pdf", 100_000 + number % 1000, 1)


class _Simulation:
    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        clock = asyncio.get_running_loop().time
        self._clock = clock
        self._ledger = Ledger.open(RunFolder(folder).ledger, clock=clock)
        observers = [TimelineRecorder(), RunProgress().apply, WaitingTime(), self._watch]
        self._announce = Announcer(observers, clock, "simulated")
        spool = Spool(RunFolder(folder).spool, "simulated")
        self._recorder = Recorder(self._ledger, (spool,), self._announce, clock)
        self._announce.record = self._recorder.observe
        self._pool = SimulatedPool(
            self._receive,
            lambda key: plan.pages,
            workers=plan.workers,
            seed=plan.seed,
            stillborn=plan.stillborn,
            wire=plan.wire,
        )
        self._coordinator = Coordinator(
            self._pool,
            Backlog(PageSelection(), WINDOW),
            self._recorder,
            workers=[plan.workers],
            budgets=[plan.workers * 16],
            limits=Limits(),
            assemble_failed=False,
            announce=self._announce,
            clock=clock,
        )
        self._pages = 0
        self._last_page = 0.0
        self._stall = 0.0
        self._lost = 0
        self._warnings: list[str] = []

    async def run(self) -> Outcome:
        self._ledger.begin("simulated", {}, overwrite=False)
        began, cpu = time.perf_counter(), time.process_time()
        broken = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._commit)
            tasks.start_soon(self._pool.attend)
            broken = await self._coordinator.run(self._documents())
            tasks.cancel_scope.cancel()
        self._ledger.end("finished")
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        totals = self._ledger.totals()
        self._ledger.close()
        return Outcome(
            done=totals.done,
            units=self._pool.units,
            messages=self._pool.messages,
            seconds=seconds,
            cpu=cpu - self._pool.own_cpu,
            simulated_cpu=self._pool.own_cpu,
            peak_mb=_peak_mb(),
            virtual_seconds=self._clock(),
            lost_workers=self._lost,
            starts=self._pool.starts,
            stall=self._stall,
            renderings=dict(sorted(self._pool.renderings.items())),
            ended=broken.failure.message if broken else "finished",
            warnings=tuple(self._warnings),
        )

    def _receive(self, worker: int, message: Any) -> None:
        self._coordinator.receive(worker, message)

    def _watch(self, event: Any, at: float) -> None:
        if isinstance(event, Notice):
            self._warnings.append(event.text)
        if not isinstance(event, PageFinished):
            return
        if self._pages:
            self._stall = max(self._stall, at - self._last_page)
        self._pages, self._last_page = self._pages + 1, at
        if self._plan.vanish and self._pages == self._plan.documents * self._plan.pages // 2:
            asyncio.get_running_loop().call_soon(self._vanish)

    def _vanish(self) -> None:
        self._lost = self._pool.vanish(self._plan.vanish)

    async def _documents(self) -> AsyncIterator[DocumentWork]:
        for start in range(0, self._plan.documents, BATCH):
            if start and start % REPORT_EVERY == 0:
                print(f"{start} documents handed out, peak {_peak_mb():.1f} MB", file=sys.stderr, flush=True)
            refs = [document(number) for number in range(start, min(start + BATCH, self._plan.documents))]
            self._ledger.records([ref.key for ref in refs])
            for ref in refs:
                yield DocumentWork(ref, self._clock())

    async def _commit(self) -> None:
        while True:
            await anyio.sleep(COMMIT_EVERY)
            self._recorder.commit()
            self._recorder.take_spent()


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
