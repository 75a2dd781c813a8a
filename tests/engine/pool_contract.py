"""What every ``WorkerPool`` keeps: a suite to inherit. An implementation gives ``engine``.

The workers are real: they read real PDFs against a simulated server.
"""

from __future__ import annotations

import os
import signal
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import corpus
import pytest
from vllm_double import Double

from mineru_cli.domain.document import DocumentRef, PageWindow, Unit
from mineru_cli.engine.messages import (
    Assign,
    Drain,
    Drained,
    Opened,
    PageDone,
    Resize,
    UnitDone,
    WorkerJob,
    WorkerReady,
)
from mineru_cli.engine.pool import Engine, WorkerExit, WorkerPool
from mineru_cli.settings import Settings

PATIENCE = 100


class Heard:
    """What the workers of a pool said, in order."""

    def __init__(self) -> None:
        self.messages: list[tuple[int, Any]] = []
        self._changed = anyio.Event()

    def __call__(self, worker: int, message: Any) -> None:
        self.messages.append((worker, message))
        self._changed.set()
        self._changed = anyio.Event()

    def of(self, worker: int, kind: type) -> list[Any]:
        return [
            message for number, message in self.messages if number == worker and isinstance(message, kind)
        ]

    async def until(self, condition: Callable[[], object]) -> None:
        with anyio.fail_after(PATIENCE):
            while not condition():
                await self._changed.wait()


@pytest.mark.anyio
class WorkerPoolContract(ABC):
    @abstractmethod
    def engine(self) -> Engine:
        """A fresh engine, not entered."""

    @pytest.fixture(autouse=True)
    def opened(self) -> Iterator[None]:
        with self.engine() as self._engine:
            yield

    @asynccontextmanager
    async def running(self, folder: Path) -> AsyncIterator[tuple[WorkerPool, Heard]]:
        heard = Heard()
        pdf = folder / "a.pdf"
        pdf.write_bytes(corpus.text_pdf([corpus.prose("a", page) for page in range(2)]))
        self.document = DocumentRef("a", "a", str(pdf), "pdf", pdf.stat().st_size, 1)
        with Double(blocks=2) as double:
            settings = Settings(server_url=(double.url,), sandbox="off")

            def job(worker: int) -> WorkerJob:
                return WorkerJob(
                    worker, settings.to_wire(), str(folder / "out"), (double.url,), "mineru", "mineru",
                    "model", 4, False, "print",
                )  # fmt: skip

            async with anyio.create_task_group() as tasks:
                pool = self._engine.pool(job, tasks, heard)
                try:
                    yield pool, heard
                finally:
                    await pool.close()
                    tasks.cancel_scope.cancel()

    async def test_a_worker_says_that_it_is_ready_and_reads_what_it_is_handed(self, tmp_path: Path):
        async with self.running(tmp_path) as (pool, heard):
            await pool.start(3)
            await heard.until(lambda: heard.of(3, WorkerReady))
            pool.send(3, Resize(2))
            pool.send(3, Assign(Unit(7, self.document, PageWindow(0, 16))))
            await heard.until(lambda: heard.of(3, UnitDone))
            assert heard.of(3, Opened) == [Opened(7, 2)]
            pages = [message.finished.page for message in heard.of(3, PageDone)]
            assert sorted(pages) == [0, 1]
            await heard.until(lambda: pool.memory(3) > 10_000_000 or not pool.send(3, Resize(2)))
            assert {number for number, _ in heard.messages} == {3}

    async def test_commands_arrive_in_their_order(self, tmp_path: Path):
        async with self.running(tmp_path) as (pool, heard):
            await pool.start(0)
            for number in range(5):
                pool.send(0, Assign(Unit(number, self.document, PageWindow(0, 1))))
            pool.send(0, Drain())
            await heard.until(lambda: heard.of(0, Drained))
            assert {message.unit for message in heard.of(0, UnitDone)} == set(range(5))

    async def test_a_worker_that_is_killed_is_reported_last_and_may_come_again(self, tmp_path: Path):
        async with self.running(tmp_path) as (pool, heard):
            await pool.start(0)
            await heard.until(lambda: heard.of(0, WorkerReady))
            pool.kill(0)
            await heard.until(lambda: heard.of(0, WorkerExit))
            assert heard.messages[-1] == (0, WorkerExit("SIGKILL", -9, heard.messages[-1][1].stderr_tail))
            pool.send(0, Drain())  # to nobody
            pool.restart(0)
            await heard.until(lambda: len(heard.of(0, WorkerReady)) == 2)

    async def test_the_signal_of_a_crash_is_known(self, tmp_path: Path):
        async with self.running(tmp_path) as (pool, heard):
            await pool.start(0)
            await heard.until(lambda: heard.of(0, WorkerReady))
            os.kill(heard.of(0, WorkerReady)[0].pid, signal.SIGSEGV)
            await heard.until(lambda: heard.of(0, WorkerExit))
            assert heard.of(0, WorkerExit)[0].signal == "SIGSEGV"

    async def test_none_is_left_when_it_is_closed(self, tmp_path: Path):
        async with self.running(tmp_path) as (pool, heard):
            for worker in range(2):
                await pool.start(worker)
            await heard.until(lambda: heard.of(0, WorkerReady) and heard.of(1, WorkerReady))
        pids = [message.pid for _, message in heard.messages if isinstance(message, WorkerReady)]
        with anyio.fail_after(PATIENCE):
            while any(Path(f"/proc/{pid}").exists() for pid in pids):
                await anyio.sleep(0.05)
