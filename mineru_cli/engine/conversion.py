"""The work of one run, once its parts are open: from discovery to the report."""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import anyio
import anyio.to_thread

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import Notice
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.manifest import RunSettings
from mineru_cli.engine.adopt import Adoption
from mineru_cli.engine.feed import Feed, FeedContext, documents_again
from mineru_cli.engine.messages import RunAborted, WorkerJob
from mineru_cli.engine.observers import Announcer
from mineru_cli.engine.output_lock import LostLock
from mineru_cli.engine.pool import Engine
from mineru_cli.engine.process import too_many_open_files
from mineru_cli.engine.recorder import Recorder
from mineru_cli.engine.report import (
    RunFacts,
    RunReport,
    finish_storage,
    make_report,
    outcome_of,
    run_finished,
    write_report,
)
from mineru_cli.engine.routes import Route, Router, Routing, Switch
from mineru_cli.engine.run_config import RunConfig
from mineru_cli.engine.run_facts import command_facts, run_started, server_facts
from mineru_cli.engine.run_observers import MissingConfidence, SandboxReport
from mineru_cli.engine.schedule.backlog import Backlog
from mineru_cli.engine.schedule.coordinator import Coordinator
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.engine.sizing import memory_limit, size
from mineru_cli.engine.stop_token import StopToken
from mineru_cli.engine.stopping import obey
from mineru_cli.engine.storage import RunStorage
from mineru_cli.engine.target import Target, announce_gpus
from mineru_cli.errors import MinerUBatchError, OutputError, OutputLocked, StorageError
from mineru_cli.observe.timeline_recorder import TimelineRecorder
from mineru_cli.observe.traces.environment import TraceSettings
from mineru_cli.observe.waiting import WaitingTime
from mineru_cli.sources.discover import Discovery
from mineru_cli.sources.pages import PageSelection
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.records import RunTotals
from mineru_cli.store.ledger.summary import RequestCounts
from mineru_cli.telemetry.machine_limits import usable_memory

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup

COMMIT_EVERY = 0.5
"""Seconds between two commits of the ledger."""

Source = AbstractAsyncContextManager[AsyncIterator[DocumentWork]]


@dataclass(frozen=True)
class RunParts:
    """The parts of a run, opened and closed by the caller. ``readable`` are the paths of its inputs."""

    config: RunConfig
    target: Target
    ledger: Ledger
    storage: RunStorage
    lost: LostLock
    engine: Engine
    pages: PageSelection
    announce: Announcer
    timelines: TimelineRecorder
    stop: StopToken
    tracing: TraceSettings | None
    readable: tuple[str, ...]


class Conversion:
    """One run. Call ``work`` once, after ``route`` where there is a router."""

    def __init__(self, parts: RunParts) -> None:
        self.parts = parts
        self.announce = parts.announce
        self.waiting = WaitingTime()
        settings, engine = parts.config.settings, parts.engine
        self.sandbox = SandboxReport(settings.sandbox)
        self.announce.add(
            [self.waiting, self.sandbox, *([MissingConfidence()] if settings.confidence else [])]
        )
        sizing = size(settings, cores=engine.cores, embedded=parts.target.embedded)
        here = sizing.workers if settings.engine == "local" else 1
        memory = memory_limit(settings.limits, workers=here, memory=usable_memory())
        limits = settings.limits.model_copy(update={"worker_memory": memory})
        self.settings = settings.model_copy(update={"limits": limits})
        self.spool = parts.storage.pages(parts.config.fingerprint)
        self.recorder = Recorder(parts.ledger, (self.spool,), self.announce, time.monotonic)
        self.announce.record = self.recorder.observe
        self.routes: tuple[Route, ...] = (Route("", "", parts.target, parts.config, sizing),)
        self.router: Router | None = None
        self.routing: Routing | None = None

    def route(self, router: Router, candidate: Route | None) -> None:
        """Let ``router`` decide which documents go to ``candidate``; None where it cannot be reached."""
        parts = self.parts
        self.router = router
        self.routes = (*self.routes, *([candidate] if candidate else []))
        spools = [parts.storage.pages(parts.config.fingerprint + route.mark) for route in self.routes]
        self.routing = Routing(router, parts.ledger, spools)
        targets = [("", ""), ("candidate", router.mark), ("fallback", "")]
        self.recorder = Recorder(parts.ledger, spools, self.announce, time.monotonic, targets)
        self.announce.record = self.recorder.observe
        self.announce.add([router.observe])

    async def work(self, found: Discovery, arrivals: AsyncIterator[DocumentRef] | None) -> RunReport:
        """Convert everything and write the report. ``arrivals`` take the place of what was ``found``."""
        parts, config, ledger = self.parts, self.parts.config, self.parts.ledger
        started, began = time.time(), time.monotonic()
        resumed = ledger.totals() != RunTotals()
        facts = command_facts(self.settings, parts.target)
        number = ledger.begin(
            config.fingerprint, config.shaping, overwrite=self.settings.overwrite, facts=facts
        )
        shaped = RunSettings(config.fingerprint, config.shaping, facts)
        await anyio.to_thread.run_sync(parts.storage.manifests.write_run, shaped)
        self.announce(run_started(self.settings, self.routes, resumed=resumed))
        context = FeedContext(
            self.settings,
            ledger,
            self.spool,
            parts.storage.results,
            config.fingerprint,
            self.routing,
        )
        feed = Feed(found, context, self.announce, time.monotonic)
        source = feed.documents() if arrivals is None else _work_of(arrivals)
        broken = await (self._convert(source, feed) if parts.target.urls else self._count_only(source))
        ending = RunFacts(
            run=number,
            id=self.announce.run,
            started=started,
            seconds=time.monotonic() - began,
            found=feed.found,
            read=self.recorder.read,
            skipped=feed.skipped,
            skipped_pages=feed.skipped_pages,
            requests=RequestCounts(sent=self.recorder.requests, retried=self.recorder.retried),
            server=server_facts(parts.target),
            workers=sum(route.sizing.workers for route in self.routes),
            waited=self.waiting.seconds(time.time()),
            unsupported=found.unsupported,
            rollout=self.router.summary() if self.router else None,
            skipped_links=found.skipped_links,
            sandbox=self.sandbox.text,
        )
        report = make_report(self.settings, ledger, outcome_of(broken, parts.stop), ending)
        report = write_report(report, ledger, parts.timelines.timeline())
        live = ledger.keys(("running", "partial"))
        report = await anyio.to_thread.run_sync(finish_storage, report, parts.storage, self.spool, live)
        self.announce(run_finished(report))
        return report

    async def _count_only(self, source: Source) -> None:
        """There is nothing to do, and so no server: iterate over the documents for the counts."""
        async with source as documents:
            changed = [work.ref.key async for work in documents]
        text = "nothing to do: everything was done before (--overwrite converts it again)"
        if changed:
            text = f"changed while this run began: {len(changed)} documents; repeat the command"
        self.announce(Notice("warning" if changed else "info", text))

    async def _convert(self, source: Source, feed: Feed) -> RunAborted | None:
        parts = self.parts
        broken: RunAborted | None = None
        async with anyio.create_task_group() as tasks:
            pool = parts.engine.pool(
                self._job, tasks, lambda worker, message: coordinator.receive(worker, message)
            )
            coordinator = Coordinator(
                pool,
                Backlog(parts.pages, self.settings.window_pages, len(self.routes)),
                self.recorder,
                workers=[route.sizing.workers for route in self.routes],
                budgets=[0 if route.sizing.adaptive else route.sizing.concurrency for route in self.routes],
                limits=self.settings.limits,
                assemble_failed=self.settings.page_fallback != "none",
                announce=self.announce,
                clock=time.monotonic,
                on_lost=self._candidate_lost,
            )
            stopping = partial(obey, grace=self.settings.grace, announce=self.announce)
            tasks.start_soon(stopping, parts.stop, coordinator, tasks)
            tasks.start_soon(self._commit, coordinator)
            tasks.start_soon(announce_gpus, parts.target, self.settings.dcgm_address, self.announce)
            if self.router:
                tasks.start_soon(self.router.attend, self._switch(coordinator, feed))
            try:
                async with source as documents:
                    works = self.router.documents(documents) if self.router else documents
                    broken = await coordinator.run(works)
            except BaseExceptionGroup as group:
                broken = _as_broken(group)
            finally:
                parts.stop.listen(None)
                await pool.close()
                tasks.cancel_scope.cancel()
        return broken

    def _switch(self, coordinator: Coordinator, feed: Feed) -> Switch:
        async def retire() -> None:
            if len(self.routes) > 1:
                await coordinator.retire(1)

        async def recalled() -> AsyncIterator[DocumentWork]:
            assert self.routing is not None  # noqa: S101 - there is a router, or this is not called
            again = documents_again(self.settings)
            known = (coordinator.in_work, feed.not_skipped)
            async for work in self.routing.recalled(again, *known, self.announce, time.monotonic):
                yield work

        parts = self.parts
        adoption = Adoption(parts.storage.results, self.recorder, parts.config.fingerprint, self.announce)
        return Switch(self.routes[0], self.announce, retire, adoption, recalled)

    def _candidate_lost(self, target: int, failure: Failure) -> None:
        assert self.router is not None  # noqa: S101 - there is a second target
        self.router.unavailable(failure)

    async def _commit(self, coordinator: Coordinator) -> None:
        while True:
            await anyio.sleep(COMMIT_EVERY)
            try:
                self.parts.lost.check()
                self.recorder.commit()
                await anyio.to_thread.run_sync(self.spool.discard_all, self.recorder.take_spent())
            except (OutputError, OutputLocked, StorageError) as error:
                coordinator.fail(error)
                return

    def _job(self, worker: int) -> WorkerJob:
        number, route = worker, self.routes[0]
        if number >= route.sizing.workers:
            number, route = number - route.sizing.workers, self.routes[1]
        config, sizing = route.config, route.sizing
        return WorkerJob(
            worker,
            settings=config.settings.model_copy(update={"limits": self.settings.limits}).to_wire(),
            output=str(self.settings.output),
            servers=route.target.urls,
            model=config.model,
            recipe=config.recipe,
            text=config.text,
            limit=sizing.limit_of(number),
            adaptive=sizing.adaptive,
            fingerprint=self.parts.config.fingerprint,
            target=route.mark,
            profile=config.given_profile,
            page_words=config.page_words,
            formulas=config.formulas,
            run=self.announce.run,
            trace_ratio=self.parts.tracing.ratio if self.parts.tracing else None,
            readable=self.parts.readable,
        )


@asynccontextmanager
async def _work_of(arrivals: AsyncIterator[DocumentRef]) -> AsyncIterator[AsyncIterator[DocumentWork]]:
    yield (DocumentWork(document, time.monotonic()) async for document in arrivals)


def _as_broken(group: BaseExceptionGroup[BaseException]) -> RunAborted:
    """The first error of our tree in it, as the run's end; any other error is raised."""
    rest: BaseException = group
    while isinstance(rest, BaseExceptionGroup):
        rest = rest.exceptions[0]
    if isinstance(rest, OSError) and rest.errno == errno.EMFILE:
        rest = too_many_open_files()
    if not isinstance(rest, MinerUBatchError):
        raise group
    return RunAborted(Failure.of(rest))
