"""The Worker: turns units of pages into page results in the spool. Stateless, no GPU, no model.

The same class runs under the local pool, as a Ray actor and in a Kubernetes pod: it takes commands from an
async iterator and answers through ``send``; it knows nothing of processes.

One feeder prepares pages in order, as long as ``Admission`` sees the slots run low. Each prepared page then
is a task of its own that talks to the server. So rendering runs ahead of the slots, and never far ahead.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.abc

from mineru_cli.domain.block import Block
from mineru_cli.domain.document import DocumentRef, Unit
from mineru_cli.domain.events import PageFailed, PageFinished, WorkerGauge
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.page import PageResult, Reading
from mineru_cli.engine.admission import Admission
from mineru_cli.engine.documents import OpenDocuments
from mineru_cli.engine.messages import (
    Assemble,
    Assembled,
    Assign,
    Broken,
    Drain,
    Drained,
    NotAssembled,
    Opened,
    PageDone,
    Pause,
    Refused,
    UnitDone,
    UnitRead,
)
from mineru_cli.engine.page_thread import RENDER, PageThread
from mineru_cli.engine.session import PageSession
from mineru_cli.errors import (
    DocumentError,
    MinerUBatchError,
    OutputError,
    PageError,
    RequestError,
    ServerGivenUp,
)
from mineru_cli.inference.fleet import Fleet
from mineru_cli.output.writer import OutputOptions, write_document
from mineru_cli.pages.reader import OpenDocument, PageImage
from mineru_cli.pages.textlayer import fallback_blocks
from mineru_cli.recipes.recipe import PreparedPage, Recipe
from mineru_cli.settings import Settings
from mineru_cli.store.spool import Spool

Send = Callable[[Any], None]

IMAGE_BUDGET = 96 * 1024**2
GAUGE_INTERVAL = 0.5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a worker writes."""

    output: Path
    spool: Spool
    scratch: Path
    fingerprint: str


class Worker:
    """Reads pages of the units it is handed, until its commands end."""

    def __init__(
        self,
        number: int,
        settings: Settings,
        *,
        fleet: Fleet,
        recipe: Recipe,
        place: Place,
        options: OutputOptions,
        thread: PageThread,
        send: Send,
        clock: Callable[[], float] = time.monotonic,
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
        self._documents = OpenDocuments(settings, thread, send)
        self._with_layer = settings.text in ("auto", "layer") or settings.page_fallback == "layer"
        self._draining = False
        self._resumed = anyio.Event()
        self._resumed.set()
        self._order = 0.0
        self._pages_open = 0
        self._units_held = 0

    async def serve(self, commands: AsyncIterator[Any]) -> None:
        """Obey commands until the iterator ends and what was begun is done."""
        self._admission = Admission(self._fleet, IMAGE_BUDGET)
        units_in, units_out = anyio.create_memory_object_stream[Unit](math.inf)
        async with anyio.create_task_group() as background, anyio.create_task_group() as work:
            background.start_soon(self._report)
            work.start_soon(self._feed, units_out, work)
            async for command in commands:
                if isinstance(command, Assign):
                    self._units_held += 1
                    units_in.send_nowait(command.unit)
                elif isinstance(command, Assemble):
                    work.start_soon(self._assemble, command)
                elif isinstance(command, Pause):
                    self._pause(command.paused)
                elif isinstance(command, Drain):
                    self._drain()
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
        tally = _Tally(self, unit)
        skip = set(unit.skip)
        for index in range(unit.window.start, min(unit.window.stop, document.page_count)):
            if index in skip:
                continue
            await self._admission.room(lambda: self._draining)
            await self._resumed.wait()
            if self._draining:
                break
            tally.pages += 1
            started = self._clock()
            try:
                prepared = await self._documents.reading(
                    unit, index, self._thread.run(RENDER, self._prepare, document, index)
                )
            except PageError as error:
                work.start_soon(self._record_failure, unit, index, error, started, tally, None)
                continue
            if prepared.image is not None:
                self._admission.hold(prepared.image)
            work.start_soon(self._read_page, unit, index, prepared, started, tally)
            del prepared  # the task alone keeps the page's image alive
        self._documents.done(unit)
        self._send(UnitRead(unit.id))
        tally.close()

    def _prepare(self, document: OpenDocument, index: int) -> PreparedPage:
        page: PageImage = document.read(index)
        return self._recipe.prepare(page, document.text_layer(index) if self._with_layer else None)

    async def _read_page(
        self, unit: Unit, index: int, page: PreparedPage, started: float, tally: _Tally
    ) -> None:
        self._order += 1.0
        session = PageSession(
            self._fleet, self._thread, self._admission, self._order, self._deadline(started)
        )
        width, height, layer = page.width, page.height, page.layer
        self._pages_open += 1
        try:
            reading = await self._recipe.read(page, session)
        except (PageError, RequestError) as error:
            await self._record_failure(unit, index, error, started, tally, session, (width, height, layer))
            return
        except MinerUBatchError as error:
            self._send(Broken(Failure.of(error), error.exit_code))
            return
        finally:
            self._pages_open -= 1
        result = PageResult(
            index, width, height, reading.blocks,
            requests=session.requests, retried=session.retried, seconds=self._clock() - started,
        )  # fmt: skip
        if await self._save(unit.document, result, reading.figures):
            self._send(PageDone(unit.id, finished=self._finished(unit.document, result, reading, session)))
            tally.one_done()

    def _deadline(self, started: float) -> float | None:
        limit = self._settings.document_deadline
        return None if limit is None else started + limit

    def _finished(
        self, document: DocumentRef, page: PageResult, reading: Reading, session: PageSession
    ) -> PageFinished:
        return PageFinished(
            document.key,
            page.index,
            self._number,
            seconds=page.seconds,
            blocks=len(reading.blocks),
            flaws=sum(block.flaw is not None for block in reading.blocks),
            requests=session.requests,
            retried=session.retried,
            layer_blocks=sum(block.source == "layer" for block in reading.blocks),
            prompt_tokens=session.prompt_tokens,
            completion_tokens=session.completion_tokens,
        )

    async def _record_failure(
        self,
        unit: Unit,
        index: int,
        error: MinerUBatchError,
        started: float,
        tally: _Tally,
        session: PageSession | None,
        page: tuple[float, float, Any] = (612.0, 792.0, None),
    ) -> None:
        width, height, layer = page
        blocks: tuple[Block, ...] = ()
        if self._settings.page_fallback == "layer" and layer is not None:
            blocks = fallback_blocks(layer)
        requests, retried = (session.requests, session.retried) if session else (0, 0)
        failure = Failure.of(error)
        result = PageResult(
            index, width, height, blocks, failure=failure, fallback=bool(blocks),
            requests=requests, retried=retried, seconds=self._clock() - started,
        )  # fmt: skip
        if await self._save(unit.document, result, {}):
            event = PageFailed(unit.document.key, index, self._number, failure, requests, retried)
            self._send(PageDone(unit.id, failed=event))
            tally.one_done()

    async def _save(self, document: DocumentRef, page: PageResult, figures: dict[str, bytes]) -> bool:
        try:
            await anyio.to_thread.run_sync(
                self._place.spool.save, document, self._place.fingerprint, page, figures
            )
        except OutputError as error:
            self._send(Broken(Failure.of(error), error.exit_code))
            return False
        return True

    async def _assemble(self, command: Assemble) -> None:
        try:
            await anyio.to_thread.run_sync(self._write, command)
        except MinerUBatchError as error:
            if error.fatal:
                self._send(Broken(Failure.of(error), error.exit_code))
            else:
                self._send(NotAssembled(command.job, Failure.of(error)))
            return
        self._send(Assembled(command.job))

    def _write(self, command: Assemble) -> None:
        document = command.document
        write_document(
            document,
            self._place.spool.pages(document, self._place.fingerprint, command.pages),
            self._place.spool.figures(document),
            self._place.output / document.key / "vlm",
            self._place.scratch,
            self._options,
            self._documents.images_of(document) if self._settings.layout_pdf else None,
        )

    async def _report(self) -> None:
        while True:
            gone_since = self._fleet.unavailable_since
            if gone_since is not None and self._clock() - gone_since > self._settings.server_wait:
                error = ServerGivenUp(
                    f"no server answered for {self._settings.server_wait:.0f} s",
                    hint="start the server again and repeat the command: it continues where it stopped",
                )
                self._send(Broken(Failure.of(error), error.exit_code))
                return
            self._send(self._gauge())
            await anyio.sleep(GAUGE_INTERVAL)

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
        )


class _Tally:
    """Counts a unit's pages down and says when the last one is done."""

    def __init__(self, worker: Worker, unit: Unit) -> None:
        self.pages = 0
        self._done = 0
        self._closed = False
        self._worker = worker
        self._unit = unit

    def one_done(self) -> None:
        self._done += 1
        self._settle()

    def close(self) -> None:
        self._closed = True
        self._settle()

    def _settle(self) -> None:
        if self._closed and self._done == self.pages:
            self._worker._give_back(self._unit)


def resident_bytes(pid: int) -> int:
    """Resident memory of a process; 0 where the system does not say."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:  # noqa: PTH123  twice a second
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (OSError, ValueError, IndexError):
        return 0
