"""The Worker: turns units of pages into page results in the spool. Stateless, no GPU, no model.

The same class runs under the local pool, as a Ray actor and in a Kubernetes pod: it takes commands from an
async iterator and answers through ``send``; it is independent of processes.

One feeder prepares pages in order, whenever ``Admission`` finds that slots may run empty. Each prepared page
is then a task that sends requests to the server. So rendering runs ahead of the slots, by a bounded amount.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext
from typing import Any

import anyio
import anyio.abc
import anyio.to_thread

from mineru_cli.domain.document import DocumentRef, Unit
from mineru_cli.domain.events import PageFailed, PageFinished, WorkerGauge
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.messages import (
    Assemble,
    Assembled,
    Assign,
    Drain,
    Drained,
    NotAssembled,
    Opened,
    PageDone,
    Pause,
    Refused,
    Resize,
    RunAborted,
    UnitDone,
    UnitRead,
)
from mineru_cli.engine.process import resident_bytes
from mineru_cli.engine.worker.admission import Admission
from mineru_cli.engine.worker.assembly import DocumentAssembler
from mineru_cli.engine.worker.cell_merges import CellMerges, ask_cell_merges, with_cell_merges
from mineru_cli.engine.worker.coverage_check import SecondLook, trusted_layer
from mineru_cli.engine.worker.documents import OpenDocuments
from mineru_cli.engine.worker.page_session import PageSession
from mineru_cli.engine.worker.page_task import PageTask, broken
from mineru_cli.engine.worker.page_thread import PageThread
from mineru_cli.errors import DocumentError, MinerUBatchError, PageError
from mineru_cli.inference.fleet import Fleet
from mineru_cli.inference.request_trace import RequestTraces, Tracing
from mineru_cli.inference.retry import given_up
from mineru_cli.output.names import OutputOptions
from mineru_cli.pages.page import TextSample
from mineru_cli.pages.reader import OpenDocument
from mineru_cli.pages.textlayer import TextLayer
from mineru_cli.recipes.recipe import PreparedPage, Recipe
from mineru_cli.recipes.registry import MINERU
from mineru_cli.settings import Settings

Send = Callable[[Any], None]

IMAGE_BUDGET = 48 * 1024**2
"""Bytes of pictures that wait for their requests."""

GAUGE_INTERVAL = 0.5
"""Seconds between two reports of the gauge."""

REQUESTS_EVERY = 10
"""Reports of the gauge between two reports of how requests ended."""

TRACES_EVERY = 4
"""Reports of the gauge between two checks of the requests of sampled pages in progress."""


class Worker:
    """Reads the pages of its assigned units, until its commands end."""

    def __init__(
        self,
        number: int,
        settings: Settings,
        *,
        fleet: Fleet,
        recipe: Recipe,
        place: DocumentAssembler,
        options: OutputOptions,
        thread: PageThread,
        send: Send,
        clock: Callable[[], float] = time.monotonic,
        tracing: Tracing | None = None,
    ) -> None:
        self._number = number
        self._settings = settings
        self._fleet = fleet
        self._recipe = recipe
        self._place = place
        self._options = options
        self._thread = thread
        self._send = send
        self._clock = clock
        self._tracing = tracing
        self._traced: set[RequestTraces] = set()
        fallback = settings.page_fallback == "layer"
        self._with_layer = fallback or settings.text in ("auto", "layer")
        self._task = PageTask(number, recipe, place, fallback, clock, options.model)
        self._documents = OpenDocuments(settings, thread, send, clock, place.sources)
        self._draining = False
        self._resumed = anyio.Event()
        self._resumed.set()
        self._pages_started = 0
        self._pages_open = 0
        self._units_held = 0

    async def serve(self, commands: AsyncIterator[Any]) -> None:
        """Process commands until the iterator ends and all started work is done."""
        self._admission = Admission(self._fleet, IMAGE_BUDGET)
        units_in, units_out = anyio.create_memory_object_stream[Unit](math.inf)
        async with (
            units_out,
            anyio.create_task_group() as background,
            anyio.create_task_group() as work,
        ):
            background.start_soon(self._report)
            work.start_soon(self._feed, units_out, work)
            async for command in commands:
                if isinstance(command, Assign):
                    self._units_held += 1
                    units_in.send_nowait(command.unit)
                    if self._documents.expects(command.unit.document):
                        background.start_soon(self._documents.copies.make, command.unit.document)
                elif isinstance(command, Assemble):
                    work.start_soon(self._assemble, command)
                elif isinstance(command, Pause):
                    self._pause(command.paused)
                elif isinstance(command, Drain):
                    self._drain()
                elif isinstance(command, Resize):
                    self._fleet.resize(command.limit)
                    self._admission.poke()
            units_in.close()
            background.cancel_scope.cancel()
        await self._documents.close()

    def _pause(self, paused: bool) -> None:
        if paused and self._resumed.is_set():
            self._resumed = anyio.Event()
        elif not paused:
            self._resumed.set()

    def _drain(self) -> None:
        self._draining = True
        self._pause(False)
        self._admission.poke()
        if not self._units_held:
            self._send(Drained())

    async def _feed(self, units: anyio.abc.ObjectReceiveStream[Unit], work: anyio.abc.TaskGroup) -> None:
        async for unit in units:
            if self._draining:
                self._give_back(unit)
                continue
            try:
                document = await self._documents.open(unit)
            except DocumentError as error:
                self._send(Refused(unit.id, Failure.of(error)))
                self._let_go()
                continue
            except MinerUBatchError as error:  # no storage, or no room for a local copy
                self._send(RunAborted(Failure.of(error)))
                return
            self._send(Opened(unit.id, document.page_count))
            await self._read_unit(unit, document, work)

    def _give_back(self, unit: Unit) -> None:
        self._send(UnitDone(unit.id))
        self._let_go()

    def _let_go(self) -> None:
        self._units_held -= 1
        if self._draining and not self._units_held:
            self._send(Drained())

    async def _read_unit(self, unit: Unit, document: OpenDocument, work: anyio.abc.TaskGroup) -> None:
        tally = _Tally(lambda: self._give_back(unit))
        skip = set(unit.skip)
        for index in range(unit.window.start, min(unit.window.stop, document.page_count)):
            if index in skip:
                continue
            await self._admission.room(lambda: self._draining)
            await self._resumed.wait()
            if self._draining:
                break
            tally.begin()
            started = self._clock()
            try:
                prepared = await self._documents.touch(
                    unit, index, self._prepare, document, index, unit.document
                )
            except PageError as error:
                work.start_soon(self._fail_page, unit, index, error, started, tally)
                continue
            if prepared.image is not None:
                self._admission.hold(prepared.image)
            work.start_soon(self._read_page, unit, prepared, started, tally)
            del prepared  # the task alone keeps the page's image alive
        self._documents.close_oldest()
        self._send(UnitRead(unit.id))
        tally.close()

    def _prepare(self, document: OpenDocument, index: int, ref: DocumentRef) -> PreparedPage:
        try:
            page = document.read(index)
            wanted = self._with_layer or document.may_lack_fonts(index)
            layer = document.text_layer(index, page) if wanted else None
            page.text = (
                TextSample(layer.characters) if self._with_layer and layer else document.text_sample(index)
            )
            prepared = self._recipe.prepare(page, layer if self._with_layer else None)
            prepared.flaws = page.flaws + (layer.flaws if layer else ())
            prepared.known_replies = self._place.spool.replies(ref, index)
            return prepared
        except MinerUBatchError:
            raise
        except Exception as error:
            raise broken(error) from error
        finally:
            document.release_page()

    async def _read_page(self, unit: Unit, page: PreparedPage, started: float, tally: _Tally) -> None:
        self._pages_started += 1
        self._pages_open += 1
        deadline = self._documents.deadline(unit.document)
        traces = self._traces(unit, page.index, started)
        if traces is not None and traces.sampled:
            self._traced.add(traces)
        session = PageSession(
            self._fleet,
            self._thread,
            self._admission,
            order=self._pages_started,
            deadline=deadline,
            announced=lambda function: self._documents.announced(unit, page.index, function),
            max_tokens=self._settings.limits.max_tokens,
            known=page.known_replies,
            confidence=self._settings.confidence,
            traces=traces,
        )

        async def prepare_again() -> PreparedPage:
            document = await self._documents.open(unit)
            return await self._documents.touch(
                unit, page.index, self._prepare, document, page.index, unit.document
            )

        async def layer_for_check() -> TextLayer | None:
            document = await self._documents.open(unit)
            return await self._documents.touch(unit, page.index, trusted_layer, document, page.index)

        second = SecondLook(prepare_again, layer_for_check)
        try:
            done = await self._task.read(unit.document, page, session, started, second)
        except MinerUBatchError as error:
            self._send(RunAborted(Failure.of(error)))
        else:
            self._page_done(unit, done, tally, traces)
        finally:
            self._pages_open -= 1
            if traces is not None:
                self._traced.discard(traces)

    async def _fail_page(
        self, unit: Unit, index: int, error: MinerUBatchError, started: float, tally: _Tally
    ) -> None:
        try:
            done = await self._task.fail(unit.document, index, error, started)
        except MinerUBatchError as worse:
            self._send(RunAborted(Failure.of(worse)))
        else:
            self._page_done(unit, done, tally, self._traces(unit, index, started))

    def _traces(self, unit: Unit, page: int, started: float) -> RequestTraces | None:
        if self._tracing is None:
            return None
        return self._tracing.of_page(unit.document.key, page, ago=self._clock() - started)

    def _report_traces(self, traces: RequestTraces | None) -> None:
        if traces is not None and (event := traces.event(self._number)):
            self._send(event)

    def _page_done(
        self, unit: Unit, event: PageFinished | PageFailed, tally: _Tally, traces: RequestTraces | None
    ) -> None:
        self._report_traces(traces)
        if self._pages_open <= 1:  # it may be the run's last page, after which no worker is queried any more
            self._report_requests()
        if isinstance(event, PageFinished):
            self._send(PageDone(unit.id, finished=event))
        else:
            self._send(PageDone(unit.id, failed=event))
        tally.one_done()

    async def _assemble(self, job: Assemble) -> None:
        layout = "layout" in self._options.files
        images = self._documents.images_of(job.document) if layout else nullcontext()
        try:
            merges = await self._cell_merges(job)
            sizes = await anyio.to_thread.run_sync(
                self._place.write,
                job.document,
                job.pages,
                self._options,
                images,
                lambda pages: with_cell_merges(pages, merges),
            )
        except MinerUBatchError as error:
            if error.fatal:
                self._send(RunAborted(Failure.of(error)))
            else:
                self._send(NotAssembled(job.job, Failure.of(error)))
        except Exception as error:  # noqa: BLE001  one document must not take the worker's other pages along
            self._send(NotAssembled(job.job, Failure.of(broken(error))))
        else:
            changed = await anyio.to_thread.run_sync(self._place.has_changed, job.document)
            self._send(Assembled(job.job, sizes, changed))

    async def _cell_merges(self, job: Assemble) -> CellMerges:
        if not self._settings.cross_page_tables or self._recipe.name != MINERU or len(job.pages) < 2:
            return {}
        traces = self._tracing.of_document(job.document.key, job.pages) if self._tracing else None
        merges = await ask_cell_merges(self._fleet, self._place, job.document, job.pages, traces)
        if traces is not None and traces.requests:
            self._report_traces(traces)
        return merges

    async def _report(self) -> None:
        beats = 0
        while True:
            gone_since = self._fleet.unavailable_since
            if gone_since is not None and self._clock() - gone_since > self._settings.server_wait:
                error = given_up(self._settings.server_wait, self._fleet.last_error)
                self._send(RunAborted(Failure.of(error)))
                return
            self._send(self._gauge())
            beats += 1
            if beats % REQUESTS_EVERY == 0:
                self._report_requests()
            if beats % TRACES_EVERY == 0:
                for traces in self._traced:
                    if event := traces.so_far(self._number):
                        self._send(event)
            await anyio.sleep(GAUGE_INTERVAL)

    def _report_requests(self) -> None:
        for event in self._fleet.tally.take():
            self._send(event)

    def _gauge(self) -> WorkerGauge:
        return WorkerGauge(
            self._number,
            units=self._units_held,
            prepared=max(0, self._pages_open - self._fleet.in_flight),
            queued=self._fleet.queued,
            in_flight=self._fleet.in_flight,
            limit=self._fleet.limit,
            rss=resident_bytes(os.getpid()),
            cpu_seconds=sum(os.times()[:2]),
            answered=self._fleet.answered,
        )


class _Tally:
    """Counts a unit's remaining pages and calls ``finished`` after the last one."""

    def __init__(self, finished: Callable[[], None]) -> None:
        self._finished = finished
        self._open = 1  # the unit itself, until ``close``

    def begin(self) -> None:
        self._open += 1

    def one_done(self) -> None:
        self._open -= 1
        if not self._open:
            self._finished()

    close = one_done
