"""The Worker as it is, on a real server and real PDFs, without processes: commands in, messages out."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import anyio
import pytest
from corpus import text_pdf

from mineru_cli.domain.document import DocumentRef, PageWindow, Unit
from mineru_cli.domain.events import WorkerGauge
from mineru_cli.engine.messages import (
    OPENING,
    Assemble,
    Assembled,
    Assign,
    Drain,
    Drained,
    NotAssembled,
    Opened,
    PageDone,
    PageEntered,
    PageLeft,
    Pause,
    Refused,
    RunAborted,
    UnitDone,
    UnitRead,
)
from mineru_cli.engine.worker.assembly import DocumentAssembler
from mineru_cli.engine.worker.documents import OpenDocuments
from mineru_cli.engine.worker.page_thread import PageThread
from mineru_cli.engine.worker.worker import Worker
from mineru_cli.errors import DiskFull
from mineru_cli.inference.fleet import Fleet, FleetSettings
from mineru_cli.output.names import OutputOptions
from mineru_cli.pages.pdf import PdfReader
from mineru_cli.recipes.recipe import RecipeOptions
from mineru_cli.recipes.registry import make_recipe
from mineru_cli.settings import Settings
from mineru_cli.sources.registry import Sources
from mineru_cli.store.local.results import LocalResults
from mineru_cli.store.local.spool import Spool
from tests.vllm_double import Double

pytestmark = pytest.mark.anyio

PATIENCE = 100.0
"""Seconds after which a test gives up waiting. No assertion is made on time."""


class Bench:
    """A worker at work: send it commands, wait for its messages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.messages: list[object] = []
        self.orders, self.obeyed = anyio.create_memory_object_stream[object](100)
        self.spool = Spool(folder / "out" / ".mineru-batch" / "spool", "mark")
        self._numbers = iter(range(1, 100))

    def document(self, name: str, pages: int, data: bytes | None = None) -> DocumentRef:
        path = self.folder / f"{name}.pdf"
        path.write_bytes(text_pdf([f"Page {n} of {name}" for n in range(pages)]) if data is None else data)
        status = path.stat()
        return DocumentRef(name, name, str(path), "pdf", status.st_size, status.st_mtime_ns)

    def assign(self, document: DocumentRef, start: int, stop: int, *skip: int) -> int:
        unit = Unit(next(self._numbers), document, PageWindow(start, stop), skip)
        self.order(Assign(unit))
        return unit.id

    def order(self, command: object) -> None:
        self.orders.send_nowait(command)

    def of(self, *kinds: type) -> list:
        return [message for message in self.messages if isinstance(message, kinds)]

    async def until(self, kind: type, count: int = 1) -> None:
        with anyio.fail_after(PATIENCE):
            while len(self.of(kind)) < count:
                await anyio.sleep(0.01)

    async def commands(self) -> AsyncIterator[object]:
        async for command in self.obeyed:
            yield command

    async def serve(self, url: str) -> None:
        settings = Settings(server_url=(url,))
        fleet = Fleet(
            (url,), "mineru", FleetSettings.of(settings, limit=8, adaptive=False),
            clock=time.monotonic, sleep=anyio.sleep, random=Random(1), announce=self.messages.append,
        )  # fmt: skip
        recipe = make_recipe("mineru", RecipeOptions("model", "png", settings.limits, quality_attempts=1))
        out, thread = self.folder / "out", PageThread()
        place = DocumentAssembler(Sources(out), self.spool, LocalResults(out), "mark")
        async with fleet:
            worker = Worker(
                0, settings, fleet=fleet, recipe=recipe, place=place, options=OutputOptions(),
                thread=thread, send=self.messages.append,
            )  # fmt: skip
            await worker.serve(self.commands())
        thread.close()


@pytest.fixture
async def bench(tmp_path):
    bench = Bench(tmp_path)
    with Double(blocks=2) as double:
        bench.double = double
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(bench.serve, double.url)
            yield bench
            bench.orders.close()
    bench.obeyed.close()


async def test_a_unit_is_opened_read_and_kept_and_native_work_is_announced(bench):
    unit = bench.assign(bench.document("paper", 3), 0, 16)
    await bench.until(UnitDone)
    assert bench.of(Opened) == [Opened(unit, 3)]
    touched = [message.page for message in bench.of(PageEntered)]
    assert list(dict.fromkeys(touched)) == [OPENING, 0, 1, 2]
    assert Counter(touched) == {OPENING: 1, 0: 3, 1: 3, 2: 3}, "rendered, cut, and put together"
    assert len(bench.of(PageLeft)) == len(touched)
    done = bench.of(PageDone)
    assert sorted(one.finished.page for one in done) == [0, 1, 2]
    assert {(one.finished.requests, one.finished.blocks) for one in done} == {(3, 2)}
    order = [type(message) for message in bench.messages if isinstance(message, (UnitRead, UnitDone))]
    assert order == [UnitRead, UnitDone]


async def test_only_the_wanted_pages_of_the_window_are_read(bench):
    bench.assign(bench.document("paper", 6), 1, 5, 2, 3)
    await bench.until(UnitDone)
    assert sorted(one.finished.page for one in bench.of(PageDone)) == [1, 4]
    assert bench.double.stats()["by_kind"]["layout"] == 2


async def test_a_document_is_opened_once_for_windows_that_follow(bench):
    document = bench.document("paper", 4)
    for start in (0, 2):
        bench.assign(document, start, start + 2)
    await bench.until(UnitDone, 2)
    assert [message.page for message in bench.of(PageEntered)].count(OPENING) == 1


async def test_a_broken_document_is_refused_and_the_next_one_read(bench):
    unit = bench.assign(bench.document("bad", 0, b"%PDF-1.6 and nothing else"), 0, 16)
    bench.assign(bench.document("good", 1), 0, 16)
    await bench.until(PageDone)
    assert [(one.unit, one.failure.code) for one in bench.of(Refused)] == [(unit, "document-corrupt")]


async def test_a_page_the_model_cannot_read_is_kept_as_failed(bench):
    bench.double.control(faults=[{"kind": "prose", "match": "layout"}])
    document = bench.document("odd", 1)
    bench.assign(document, 0, 1)
    await bench.until(UnitDone)
    (done,) = bench.of(PageDone)
    assert done.failed.failure.code == "page-not-recognised"
    assert await anyio.to_thread.run_sync(bench.spool.done, document) == {0: True}


@pytest.mark.spec("mineru-service/statelessness/any-worker-assembles-a-document")
async def test_the_document_is_written_from_the_spool(bench):
    document = bench.document("paper", 2)
    bench.assign(document, 0, 2)
    await bench.until(UnitDone)
    bench.order(Assemble(7, document, (0, 1)))
    await bench.until(Assembled)
    written = bench.folder / "out" / "paper" / "vlm" / "paper_model.json"
    assert len(json.loads(await anyio.Path(written).read_text())) == 2


async def test_a_document_that_changed_since_it_was_found_is_reported(bench):
    same, touched, removed = (bench.document(name, 1) for name in ("same", "touched", "removed"))
    for document in (same, touched, removed):
        bench.assign(document, 0, 1)
    await bench.until(PageDone, 3)
    os.utime(touched.path, ns=(1, 1))
    os.unlink(removed.path)
    for job, document in enumerate((same, touched, removed)):
        bench.order(Assemble(job, document, (0,)))
    await bench.until(Assembled, 3)
    assert {one.job: one.changed for one in bench.of(Assembled)} == {0: False, 1: True, 2: False}


async def test_a_page_missing_in_the_spool_fails_its_document_only(bench):
    document = bench.document("paper", 1)
    bench.order(Assemble(1, document, (0,)))
    await bench.until(NotAssembled)
    bench.assign(document, 0, 1)
    await bench.until(PageDone)


async def test_a_pause_takes_up_no_page_until_it_ends(bench):
    bench.order(Pause(True))
    bench.assign(bench.document("paper", 2), 0, 2)
    await bench.until(Opened)
    await bench.until(WorkerGauge, 2)
    assert not bench.of(PageDone)
    bench.order(Pause(False))
    await bench.until(PageDone, 2)


@pytest.mark.spec("orchestration/graceful-restarts/a-draining-worker-returns-its-rest")
async def test_draining_ends_what_is_in_flight_and_hands_the_rest_back(bench):
    bench.double.control(stuck=True)
    bench.assign(bench.document("paper", 40), 0, 40)
    bench.assign(bench.document("later", 2), 0, 2)
    await bench.until(WorkerGauge, 2)
    bench.order(Drain())
    bench.double.control(stuck=False)
    await bench.until(Drained)
    done = [one.finished.page for one in bench.of(PageDone)]
    assert 0 < len(done) < 40
    assert sorted(done) == list(range(len(done)))
    assert len(bench.of(UnitDone)) == 2


@pytest.mark.spec("orchestration/worker-pool/work-stays-a-step-ahead")
async def test_preparing_stays_a_turn_of_the_slots_ahead(bench):
    bench.double.control(stuck=True)
    bench.assign(bench.document("long", 60), 0, 60)
    await bench.until(WorkerGauge, 3)
    begun = len([one for one in bench.of(PageEntered) if one.page != OPENING])
    assert begun <= 8 + 8 + 1, "in flight, a turn in the line, and the one that waits at the door"
    bench.double.control(stuck=False)
    await bench.until(UnitDone)
    assert len(bench.of(PageDone)) == 60


async def test_no_page_stays_loaded_once_it_is_prepared(bench, monkeypatch):
    readers, read = [], PdfReader.read
    monkeypatch.setattr(PdfReader, "read", lambda self, index: readers.append(self) or read(self, index))
    bench.assign(bench.document("a", 2), 0, 2)
    bench.assign(bench.document("b", 2), 0, 1)
    await bench.until(UnitRead, 2)
    assert len(readers) == 3
    assert [reader._loaded for reader in readers] == [None] * 3
    await bench.until(UnitDone, 2)


async def test_a_full_disk_ends_the_run_and_not_the_worker(bench, monkeypatch):
    async def refuse(self: OpenDocuments, unit: Unit) -> None:
        raise DiskFull("no space left to write the copy")

    monkeypatch.setattr(OpenDocuments, "open", refuse)
    bench.assign(bench.document("paper", 1), 0, 1)
    await bench.until(RunAborted)
    assert [one.failure.code for one in bench.of(RunAborted)] == [DiskFull.code]
