"""One run, end to end, as ``convert`` does it, without a terminal."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial

import anyio
import anyio.to_thread

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import Notice, Observer
from mineru_cli.engine.catch_up import bring_up_to_date
from mineru_cli.engine.conversion import Conversion, RunParts
from mineru_cli.engine.engines import engine_of
from mineru_cli.engine.feed import find_documents
from mineru_cli.engine.noop_resume import target_without_server
from mineru_cli.engine.observers import (
    Announcer,
    load_observers,
    new_run_id,
    opened,
    settings_observers,
    wanted_tracing,
)
from mineru_cli.engine.output_lock import LostLock, hold_output
from mineru_cli.engine.pool import Engine
from mineru_cli.engine.process import check_open_files
from mineru_cli.engine.report import RunReport
from mineru_cli.engine.routes import Router, second_route
from mineru_cli.engine.run_config import RunConfig, check_unserved, left_out, run_config
from mineru_cli.engine.server_needs import server_notices
from mineru_cli.engine.sizing import check_workers
from mineru_cli.engine.stop_token import StopToken
from mineru_cli.engine.storage import RunStorage, open_storage
from mineru_cli.engine.target import Target, find_target
from mineru_cli.errors import Interrupted
from mineru_cli.isolation.sandbox_mode import check_sandbox
from mineru_cli.observe.timeline_recorder import TimelineRecorder
from mineru_cli.observe.traces.environment import TraceSettings
from mineru_cli.settings import Settings
from mineru_cli.sources.discover import Discovery
from mineru_cli.sources.inputs import input_places, with_listed_files
from mineru_cli.sources.pages import PageSelection
from mineru_cli.sources.shard import with_own_share
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.telemetry.machine_limits import usable_memory


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
    ``settings.inputs``: documents are converted as they arrive, even if the output folder has them already.
    ``router`` sends some of the documents to a second target.
    """
    settings, pages = await anyio.to_thread.run_sync(_checked, settings)
    found, readable = await anyio.to_thread.run_sync(_find_inputs, settings, arrivals is not None)
    new = bool(arrivals or router)
    storage, lost = open_storage(settings, settings.output), LostLock()
    await anyio.to_thread.run_sync(storage.results.prepare)
    stop = stop or StopToken()
    with ExitStack() as held, _cancelled_by(stop):
        if engine is None:
            engine = held.enter_context(engine_of(settings))
        timelines = TimelineRecorder()
        announce = Announcer([timelines, *observers], time.time, new_run_id())
        await hold_output(partial(storage.lock, lost.set), held, announce=announce)
        ledger, known = await _open_ledger(storage, held)
        tracing = await _add_observers(announce, settings, held)
        if known:
            announce(known)
        async with _target(settings, storage, announce, given=new) as target:
            config = await _config(settings, target, announce)
            async with second_route(router, config, target, announce) as candidate:
                run = Conversion(
                    RunParts(
                        config=config,
                        target=target,
                        ledger=ledger,
                        storage=storage,
                        lost=lost,
                        engine=engine,
                        pages=pages,
                        announce=announce,
                        timelines=timelines,
                        stop=stop,
                        tracing=tracing,
                        readable=readable,
                    )
                )
                if router is not None:
                    run.route(router, candidate)
                stop.listen(None)  # from here on a stop is the run's to carry out
                if not stop.requests:
                    return await run.work(found, arrivals)
    raise Interrupted(stop.reason or "stopped", hint="nothing was started: repeat the command")


def _checked(settings: Settings) -> tuple[Settings, PageSelection]:
    """The settings with their listed files and share of the documents, once this machine can run them.

    Refuses what would be wrong with every server, before one is waited for. Reads files.
    """
    check_workers(settings, memory=usable_memory())
    check_unserved(settings)
    check_open_files()
    check_sandbox(settings.sandbox)
    pages = PageSelection.parse(settings.pages)
    return with_own_share(with_listed_files(settings)), pages


def _find_inputs(settings: Settings, given: bool) -> tuple[Discovery, tuple[str, ...]]:
    """The documents, none where they are ``given``, and the places that hold them. Reads folders."""
    found = Discovery(iter(())) if given else find_documents(settings)
    return found, ("/",) if given or settings.follow_links else input_places(settings.inputs)


async def _open_ledger(storage: RunStorage, held: ExitStack) -> tuple[Ledger, Notice | None]:
    """Finish what a killed run left in the locked output, and open the ledger, which ``held`` closes.

    Also returns the notice about a ledger that was brought up to date, if it was.
    """
    await anyio.to_thread.run_sync(storage.results.recover)
    known = await anyio.to_thread.run_sync(bring_up_to_date, storage)
    ledger = Ledger.open(storage.folder.ledger, clock=time.time)
    held.callback(ledger.close)
    return ledger, known


async def _add_observers(announce: Announcer, settings: Settings, held: ExitStack) -> TraceSettings | None:
    """Add the observers of other packages, and those that the settings name; return how the run is traced.

    ``held`` closes them. What could not be loaded is reported to the others.
    """
    installed, unloaded = await anyio.to_thread.run_sync(load_observers, settings)
    ready, unopened = held.enter_context(opened(installed))
    announce.add(ready)
    tracing, unclear = wanted_tracing(os.environ)
    configured = settings_observers(settings, _from_any_thread(announce), tracing)
    announce.add(await anyio.to_thread.run_sync(held.enter_context, configured))
    for warning in (*unloaded, *unopened, *unclear):
        announce(warning)
    return tracing


async def _config(settings: Settings, target: Target, announce: Announcer) -> RunConfig:
    """The configuration once the server's model is known; options that it ignores are announced."""
    resolve = partial(
        run_config,
        settings,
        target.model,
        embedded=target.embedded,
        root=target.root,
        prompts=target.prompts,
    )
    config = await anyio.to_thread.run_sync(resolve)
    if target.urls:  # without work no server was started
        if text := left_out(settings, config.settings):
            announce(Notice("info", text))
        for notice in await server_notices(config.profile, target, settings):
            announce(notice)
    return config


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
    """Stop waiting for a lock or for servers when the user requests a stop."""
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
