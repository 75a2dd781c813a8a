"""One run, end to end: all that the command does, and works without a terminal."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Any

import anyio
import anyio.to_thread

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import Notice, Observer, RunStarted, Stopping
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.location import is_object_url
from mineru_cli.domain.manifest import RunSettings
from mineru_cli.engine.adopt import Adoption
from mineru_cli.engine.catch_up import bring_up_to_date
from mineru_cli.engine.engines import engine_of
from mineru_cli.engine.feed import LARGEST_BATCH, Feed, FeedContext, growing_batches
from mineru_cli.engine.gpus import announce_gpus
from mineru_cli.engine.messages import RunAborted, WorkerJob
from mineru_cli.engine.missing_confidence import MissingConfidence
from mineru_cli.engine.noop_resume import target_without_server
from mineru_cli.engine.observers import (
    Announcer,
    load_observers,
    new_run_id,
    opened,
    settings_observers,
    wanted_tracing,
)
from mineru_cli.engine.pool import Engine
from mineru_cli.engine.process import check_open_files
from mineru_cli.engine.recorder import Recorder
from mineru_cli.engine.report import (
    RunFacts,
    RunReport,
    leave_storage,
    make_report,
    outcome_of,
    run_finished,
    write_report,
)
from mineru_cli.engine.routes import Route, Router, Routing, Switch, second_route
from mineru_cli.engine.run_config import RunConfig, left_out, run_config
from mineru_cli.engine.sandbox_report import SandboxReport
from mineru_cli.engine.schedule.backlog import Backlog
from mineru_cli.engine.schedule.coordinator import Coordinator
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.engine.server_needs import server_notices
from mineru_cli.engine.sizing import Sizing, memory_limit, size
from mineru_cli.engine.stop_token import StopToken
from mineru_cli.engine.storage import LostLock, RunStorage, open_storage
from mineru_cli.engine.target import Target, find_target
from mineru_cli.errors import (
    Interrupted,
    MinerUBatchError,
    OutputError,
    OutputLocked,
    StorageError,
    too_many_open_files,
)
from mineru_cli.isolation.sandbox_mode import check_sandbox
from mineru_cli.observe.timeline_recorder import TimelineRecorder
from mineru_cli.observe.traces.environment import TraceSettings
from mineru_cli.observe.waiting import WaitingTime
from mineru_cli.settings import Settings
from mineru_cli.sources.discover import Discovery, Selection, discover
from mineru_cli.sources.inputs import input_places, with_listed_files
from mineru_cli.sources.pages import PageSelection
from mineru_cli.sources.shard import Shard, with_own_share
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.records import RunTotals
from mineru_cli.store.ledger.summary import RequestCounts
from mineru_cli.telemetry.memory import usable_memory

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup

COMMIT_EVERY = 0.5

Source = AbstractAsyncContextManager[AsyncIterator[DocumentWork]]


def find_documents(settings: Settings) -> Discovery:
    """What discovery finds with these settings. Raises ``InputNotFound``, ``SettingsError``."""
    shard = Shard.parse(settings.shard) if settings.shard else None
    selection = Selection(settings.include, settings.exclude, settings.limit, shard, settings.follow_links)
    return discover(
        settings.inputs,
        selection,
        output=settings.output,
        allow_empty=settings.allow_empty,
        sources=open_storage(settings, settings.output).sources,
    )


async def convert_async(
    settings: Settings,
    observers: Iterable[Observer] = (),
    stop: StopToken | None = None,
    *,
    arrivals: AsyncIterator[DocumentRef] | None = None,
    engine: Engine | None = None,
    router: Router | None = None,
) -> RunReport:
    """``start.convert`` for callers with an event loop of their own (asyncio).

    ``engine`` may have been opened ahead; without one the run opens its own. ``arrivals`` takes the place of
    ``settings.inputs``: documents are taken up as they come, whatever the output folder holds of them.
    ``router`` sends some of the documents to a second target.
    """
    check_open_files()
    check_sandbox(settings.sandbox)
    pages = PageSelection.parse(settings.pages)
    settings = with_own_share(with_listed_files(settings))
    if arrivals is None:
        found = await anyio.to_thread.run_sync(find_documents, settings)
    else:
        found = Discovery(iter(()))
    storage, lost = open_storage(settings, settings.output), LostLock()
    await anyio.to_thread.run_sync(storage.results.prepare)
    folder, stop = storage.folder, stop or StopToken()
    with ExitStack() as held:
        if engine is None:
            engine = held.enter_context(engine_of(settings))
        await anyio.to_thread.run_sync(held.enter_context, storage.lock(lost.set))
        await anyio.to_thread.run_sync(storage.results.recover)
        known = await anyio.to_thread.run_sync(bring_up_to_date, storage)
        ledger = Ledger.open(folder.ledger, clock=time.time)
        held.callback(ledger.close)
        installed, unloaded = await anyio.to_thread.run_sync(load_observers, settings)
        ready, unopened = held.enter_context(opened(installed))
        timelines = TimelineRecorder()
        announce = Announcer([timelines, *observers, *ready], time.time, new_run_id())
        tracing, unclear = wanted_tracing(os.environ)
        asked = settings_observers(settings, _from_any_thread(announce), tracing)
        announce.add(await anyio.to_thread.run_sync(held.enter_context, asked))
        for warning in (*unloaded, *unopened, *unclear):
            announce(warning)
        if known:
            announce(known)
        with _cancelled_by(stop):
            async with _target(settings, storage, announce, given=bool(arrivals or router)) as target:
                config = await anyio.to_thread.run_sync(
                    partial(
                        run_config,
                        settings,
                        target.model,
                        embedded=target.embedded,
                        root=target.root,
                        prompts=target.prompts,
                    )
                )
                if target.urls:  # without work there is no server to speak of
                    if text := left_out(settings, config.settings):
                        announce(Notice("info", text))
                    for notice in await server_notices(config.profile, target, settings):
                        announce(notice)
                readable = ("/",) if arrivals or settings.follow_links else input_places(settings.inputs)
                async with second_route(router, config, target, announce) as candidate:
                    run = _Run(
                        config,
                        target,
                        ledger,
                        pages,
                        announce,
                        stop,
                        engine,
                        storage,
                        lost,
                        tracing,
                        readable,
                    )
                    if router is not None:
                        run.route(router, candidate)
                    stop.listen(None)  # from here on a stop is the run's to carry out
                    if not stop.requests:
                        return await run.work(found, arrivals, timelines)
    raise Interrupted(stop.reason or "stopped", hint="nothing was begun: repeat the command")


def _from_any_thread(announce: Announcer) -> Callable[[str], None]:
    """Reports a warning to all observers, on the loop's own thread and as long as the loop runs."""
    loop = asyncio.get_running_loop()

    def complain(text: str) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(announce, Notice("warning", text))

    return complain


@asynccontextmanager
async def _target(
    settings: Settings, storage: RunStorage, announce: Announcer, *, given: bool
) -> AsyncIterator[Target]:
    """The run's servers; none is started when all that is found is done. ``given`` work is always new."""
    idle = None
    if not given:
        idle = await anyio.to_thread.run_sync(_idle_target, settings, storage, abandon_on_cancel=True)
    if idle is not None:
        yield idle
        return
    async with find_target(settings, announce, time.monotonic) as target:
        yield target


def _idle_target(settings: Settings, storage: RunStorage) -> Target | None:
    found = find_documents(settings)
    return target_without_server(settings, found, storage.folder.ledger, storage.results)


@contextmanager
def _cancelled_by(stop: StopToken) -> Iterator[None]:
    """Give up waiting for servers when the user does."""
    loop = asyncio.get_running_loop()
    with anyio.CancelScope() as scope:

        def wake() -> None:
            if stop.requests:
                loop.call_soon_threadsafe(scope.cancel)

        stop.listen(wake)
        try:
            yield
        finally:
            stop.listen(None)


class _Run:
    """What the steps of one run share."""

    def __init__(
        self,
        config: RunConfig,
        target: Target,
        ledger: Ledger,
        pages: PageSelection,
        announce: Announcer,
        stop: StopToken,
        engine: Engine,
        storage: RunStorage,
        lost: LostLock,
        tracing: TraceSettings | None,
        readable: tuple[str, ...],
    ) -> None:
        self.readable = readable
        self.config = config
        self.settings = config.settings
        self.target = target
        self.ledger = ledger
        self.pages = pages
        self.announce = announce
        self.stop = stop
        self.engine = engine
        self.storage = storage
        self.lost = lost
        self.tracing = tracing
        self.waiting = WaitingTime()
        self.sandbox = SandboxReport(self.settings.sandbox)
        announce.add(
            [self.waiting, self.sandbox, *([MissingConfidence()] if config.settings.confidence else [])]
        )
        self.sizing: Sizing = size(config.settings, cores=engine.cores, embedded=target.embedded)
        here = self.sizing.workers if self.settings.engine == "local" else 1
        memory = memory_limit(self.settings.limits, workers=here, memory=usable_memory())
        limits = self.settings.limits.model_copy(update={"worker_memory": memory})
        self.settings = self.settings.model_copy(update={"limits": limits})
        self.spool = storage.pages(config.fingerprint)
        self.recorder = Recorder(ledger, (self.spool,), announce, time.monotonic)
        announce.record = self.recorder.observe
        self.routes: tuple[Route, ...] = (Route("", "", target, config, self.sizing),)
        self.router: Router | None = None
        self.routing: Routing | None = None

    def route(self, router: Router, candidate: Route | None) -> None:
        """Let ``router`` decide which documents go to ``candidate``; None where it cannot be reached."""
        self.router = router
        self.routes = (*self.routes, *([candidate] if candidate else []))
        spools = [self.storage.pages(self.config.fingerprint + route.mark) for route in self.routes]
        self.routing = Routing(router, self.ledger, spools)
        targets = [("", ""), ("candidate", router.mark), ("fallback", "")]
        self.recorder = Recorder(self.ledger, spools, self.announce, time.monotonic, targets)
        self.announce.record = self.recorder.observe
        self.announce.add([router.observe])

    async def work(
        self,
        found: Discovery,
        arrivals: AsyncIterator[DocumentRef] | None,
        timelines: TimelineRecorder,
    ) -> RunReport:
        """Convert everything and write the report."""
        started, began = time.time(), time.monotonic()
        before = self.ledger.totals()
        resumed = before != RunTotals()
        facts = self._facts()
        number = self.ledger.begin(
            self.config.fingerprint,
            self.config.shaping,
            overwrite=self.settings.overwrite,
            facts=facts,
        )
        shaped = RunSettings(self.config.fingerprint, self.config.shaping, facts)
        await anyio.to_thread.run_sync(self.storage.manifests.write_run, shaped)
        self.announce(self._run_started(resumed))
        context = FeedContext(
            self.settings,
            self.ledger,
            self.spool,
            self.storage.results,
            self.config.fingerprint,
            self.routing,
        )
        feed = Feed(found, context, self.announce, time.monotonic)
        source = feed.documents() if arrivals is None else _taken_up(arrivals)
        broken = await (self._convert(source, feed) if self.target.urls else self._count_only(source))
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
            server=self._server(),
            workers=sum(route.sizing.workers for route in self.routes),
            waited=self.waiting.seconds(time.time()),
            unsupported=found.unsupported,
            rollout=self.router.summary() if self.router else None,
            skipped_links=found.skipped_links,
            sandbox=self.sandbox.text,
        )
        report = make_report(self.settings, self.ledger, outcome_of(broken, self.stop), ending)
        report = write_report(report, self.ledger, timelines.timeline())
        live = self.ledger.keys(("running", "partial"))
        report = await anyio.to_thread.run_sync(leave_storage, report, self.storage, self.spool, live)
        self.announce(run_finished(report))
        return report

    async def _count_only(self, source: Source) -> None:
        """Nothing is to do, so there is no server: go through what is found for the counts."""
        async with source as documents:
            changed = [work.ref.key async for work in documents]
        text = "nothing to do: everything was done before (--overwrite converts it again)"
        if changed:
            text = f"changed while this run began: {len(changed)} documents; repeat the command"
        self.announce(Notice("warning" if changed else "info", text))

    async def _convert(self, source: Source, feed: Feed) -> RunAborted | None:
        loop = asyncio.get_running_loop()
        broken: RunAborted | None = None
        async with anyio.create_task_group() as tasks:
            pool = self.engine.pool(
                self._job, tasks, lambda worker, message: coordinator.receive(worker, message)
            )
            coordinator = Coordinator(
                pool,
                Backlog(self.pages, self.settings.window_pages, len(self.routes)),
                self.recorder,
                workers=[route.sizing.workers for route in self.routes],
                budgets=[0 if route.sizing.adaptive else route.sizing.concurrency for route in self.routes],
                limits=self.settings.limits,
                assemble_failed=self.settings.page_fallback != "none",
                announce=self.announce,
                clock=time.monotonic,
                on_lost=self._candidate_lost,
            )
            changed = _Latch(loop)
            self.stop.listen(changed.set)
            tasks.start_soon(self._apply_stop_requests, coordinator, changed, tasks)
            tasks.start_soon(self._commit, coordinator)
            tasks.start_soon(announce_gpus, self.target, self.settings.dcgm_address, self.announce)
            if self.router:
                tasks.start_soon(self.router.attend, self._switch(coordinator, feed))
            try:
                async with source as documents:
                    works = self.router.documents(documents) if self.router else documents
                    broken = await coordinator.run(works)
            except BaseExceptionGroup as group:
                broken = _as_broken(group)
            finally:
                self.stop.listen(None)
                await pool.close()
                tasks.cancel_scope.cancel()
        return broken

    def _switch(self, coordinator: Coordinator, feed: Feed) -> Switch:
        async def retire() -> None:
            if len(self.routes) > 1:
                await coordinator.retire(1)

        async def recalled() -> AsyncIterator[DocumentWork]:
            assert self.routing is not None  # noqa: S101 - there is a router, or this is not called
            again = _documents_again(self.settings)
            known = (coordinator.in_work, feed.not_skipped)
            async for work in self.routing.recalled(again, *known, self.announce, time.monotonic):
                yield work

        adoption = Adoption(self.storage.results, self.recorder, self.config.fingerprint, self.announce)
        return Switch(self.routes[0], self.announce, retire, adoption, recalled)

    def _candidate_lost(self, target: int, failure: Failure) -> None:
        assert self.router is not None  # noqa: S101 - there is a second target
        self.router.unavailable(failure)

    async def _apply_stop_requests(
        self, coordinator: Coordinator, changed: _Latch, tasks: anyio.abc.TaskGroup
    ) -> None:
        """Carry out the wishes of ``StopToken``: pause, drain within the grace, end."""
        draining = False
        while True:
            await changed.wait()
            coordinator.pause(self.stop.paused)
            if self.stop.requests and not draining:
                draining = True
                self.announce(Notice("warning", self._draining_text()))
                self.announce(Stopping(self.settings.grace))
                coordinator.drain()
                tasks.start_soon(self._end_after_grace, tasks)
            if self.stop.requests > 1:
                tasks.cancel_scope.cancel()

    def _draining_text(self) -> str:
        grace = self.settings.grace
        return f"stopping: pages in flight get up to {grace:.0f} s (--grace); once more stops at once"

    async def _end_after_grace(self, tasks: anyio.abc.TaskGroup) -> None:
        await anyio.sleep(self.settings.grace)
        tasks.cancel_scope.cancel()

    async def _commit(self, coordinator: Coordinator) -> None:
        while True:
            await anyio.sleep(COMMIT_EVERY)
            try:
                self.lost.check()
                self.ledger.commit()
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
            fingerprint=self.config.fingerprint,
            target=route.mark,
            profile=config.given_profile,
            page_words=config.page_words,
            formulas=config.formulas,
            run=self.announce.run,
            trace_ratio=self.tracing.ratio if self.tracing else None,
            readable=self.readable,
        )

    def _run_started(self, resumed: bool) -> RunStarted:
        return RunStarted(
            output=self.settings.output_url or str(self.settings.output),
            servers=tuple(dict.fromkeys(url for route in self.routes for url in route.target.urls)),
            model=self.target.model,
            recipe=self.config.recipe,
            text=self.config.text,
            workers=sum(route.sizing.workers for route in self.routes),
            concurrency=sum(route.sizing.concurrency for route in self.routes),
            adaptive=self.sizing.adaptive,
            resumed=resumed,
            embedded=self.target.embedded,
        )

    def _server(self) -> dict[str, Any]:
        return {
            "urls": list(self.target.urls),
            "model": self.target.model,
            "embedded": self.target.embedded,
            "version": self.target.version,
            **({"prompts": list(self.target.prompts)} if self.target.prompts else {}),
        }

    def _facts(self) -> dict[str, Any]:
        """What ``runs retry`` needs to give the same command again."""
        settings = self.settings.model_dump(
            mode="json", exclude={"inputs", "output", "api_key", "password", "logins"}
        )
        inputs = [
            one if is_object_url(one) else os.path.abspath(one)  # noqa: PTH100  globs are no paths
            for one in self.settings.inputs
        ]
        return {"server": self._server(), "settings": settings, "inputs": inputs}


def _documents_again(settings: Settings) -> Iterator[list[DocumentRef]]:
    """All documents once more, in batches. Reads folders: take the next one in a thread."""
    for batch in growing_batches(find_documents(settings), LARGEST_BATCH):
        yield [one for one in batch if isinstance(one, DocumentRef)]


@asynccontextmanager
async def _taken_up(arrivals: AsyncIterator[DocumentRef]) -> AsyncIterator[AsyncIterator[DocumentWork]]:
    yield (DocumentWork(document, time.monotonic()) async for document in arrivals)


def _as_broken(group: BaseExceptionGroup[BaseException]) -> RunAborted:
    """The first error of ours in it, as the run's end; what is no error of ours is raised."""
    rest: BaseException = group
    while isinstance(rest, BaseExceptionGroup):
        rest = rest.exceptions[0]
    if isinstance(rest, OSError) and rest.errno == errno.EMFILE:
        rest = too_many_open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    if not isinstance(rest, MinerUBatchError):
        raise group
    return RunAborted(Failure.of(rest))


class _Latch:
    """An event that any thread, or a signal handler, may set, and that is clear again once seen."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._event = asyncio.Event()

    def set(self) -> None:
        self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self) -> None:
        await self._event.wait()
        self._event.clear()
