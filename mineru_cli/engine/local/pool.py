"""Workers as processes of this machine, forked from one server, with messages over stdin and stdout.

A worker exits when its stdin is closed, so none outlives a killed coordinator; on Linux the kernel ensures
the same for a worker that hangs in native code.
"""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import anyio
import anyio.abc

from mineru_cli.domain.codec import decode, encode
from mineru_cli.engine.local.fork_client import Child, ForkServer
from mineru_cli.engine.messages import MESSAGES, WorkerJob
from mineru_cli.engine.pool import Receive, WorkerExit
from mineru_cli.engine.process import resident_bytes
from mineru_cli.isolation.pipe_lines import LineSplitter, keep_tail

LONGEST_LINE = 4 * 1024**2
"""Bytes, more than a message has: a longer line comes in pieces that are not JSON, and ends the worker."""


class LocalPool:
    """Implements ``WorkerPool`` with one process per worker."""

    elastic = False

    def __init__(
        self,
        job_of: Callable[[int], WorkerJob],
        tasks: anyio.abc.TaskGroup,
        receive: Receive,
        forks: ForkServer,
    ) -> None:
        self._forks = forks
        self._job_of = job_of
        self._tasks = tasks
        self._receive = receive
        self._processes: dict[int, _WorkerProcess] = {}

    async def start(self, worker: int) -> None:
        """See ``WorkerPool``."""
        handle = _WorkerProcess(await self._forks.fork(self._tasks))
        self._processes[worker] = handle
        handle.send(encode(self._job_of(worker)))
        self._tasks.start_soon(handle.write)
        self._tasks.start_soon(self._attend, worker, handle)

    def restart(self, worker: int) -> None:
        """See ``WorkerPool``."""
        self._tasks.start_soon(self.start, worker)

    def send(self, worker: int, command: Any) -> None:
        """See ``WorkerPool``."""
        if handle := self._processes.get(worker):
            handle.send(encode(command))

    def kill(self, worker: int) -> None:
        """See ``WorkerPool``."""
        if handle := self._processes.get(worker):
            handle.child.kill()

    def memory(self, worker: int) -> int:
        """See ``WorkerPool``."""
        handle = self._processes.get(worker)
        return resident_bytes(handle.child.pid) if handle else 0

    async def close(self) -> None:
        """See ``WorkerPool``."""
        with anyio.CancelScope(shield=True):
            handles = list(self._processes.values())
            for handle in handles:
                handle.child.kill()
            await self._forks.aclose()
            for handle in handles:
                await handle.aclose()

    async def _attend(self, worker: int, handle: _WorkerProcess) -> None:
        async with anyio.create_task_group() as reading:
            # It explains a crash, and must not tear the live view.
            reading.start_soon(keep_tail, handle.child.stderr.chunks(), handle.child.stderr_tail)
            async for line in handle.lines():
                try:
                    message = decode(line, MESSAGES)
                except ValueError as error:  # not one of our workers, or not any more
                    handle.child.stderr_tail.append(f"unreadable message: {error}")
                    handle.child.kill()
                    break
                self._receive(worker, message)
        await handle.child.ended.wait()
        if self._processes.get(worker) is handle:
            del self._processes[worker]
        await handle.aclose()
        status = handle.child.status or 0
        name = signal.Signals(-status).name if status < 0 else ""
        self._receive(worker, WorkerExit(name, status, "\n".join(handle.child.stderr_tail)))


class _WorkerProcess:
    """One child process and the commands queued for it."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self._outbox, self._to_write = anyio.create_memory_object_stream[bytes](10_000)

    def send(self, line: str) -> None:
        try:
            self._outbox.send_nowait(line.encode("ascii") + b"\n")
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return  # the worker ended: its exit is about to be reported

    async def aclose(self) -> None:
        self._outbox.close()
        self._to_write.close()
        await self.child.aclose()

    async def write(self) -> None:
        """Carry commands to the child's stdin until either side ends."""
        with suppress(ConnectionError, anyio.ClosedResourceError):
            async for data in self._to_write:
                await self.child.stdin.send(data)

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield the child's messages. An unterminated last line is dropped."""
        splitter = LineSplitter(LONGEST_LINE)
        async for chunk in self.child.stdout.chunks():
            for line in splitter.feed(chunk):
                yield line
