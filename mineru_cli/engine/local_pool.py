"""Workers as processes of this machine, spoken to over their stdin and stdout.

A worker ends by itself when its stdin closes, so none outlives a coordinator that was killed; on Linux the
kernel sees to the same for a worker that hangs in native code.
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable
from typing import Any

import anyio
import anyio.abc

from mineru_cli.domain.codec import decode, encode
from mineru_cli.engine.memory import resident_bytes
from mineru_cli.engine.messages import MESSAGES, WorkerJob
from mineru_cli.engine.pool import Receive, WorkerExit
from mineru_cli.engine.standby import Standby

LONGEST_LINE = 4 * 1024**2
LAST_WORDS = 20


class LocalPool:
    """Implements ``WorkerPool`` with one process a worker."""

    def __init__(
        self,
        job_of: Callable[[int], WorkerJob],
        tasks: anyio.abc.TaskGroup,
        receive: Receive,
        standby: Standby,
    ) -> None:
        self._standby = standby
        self._job_of = job_of
        self._tasks = tasks
        self._receive = receive
        self._processes: dict[int, _WorkerProcess] = {}

    async def start(self, worker: int) -> None:
        """See ``WorkerPool``."""
        handle = _WorkerProcess(await self._standby.take())
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
            handle.kill()

    def memory(self, worker: int) -> int:
        """See ``WorkerPool``."""
        handle = self._processes.get(worker)
        return resident_bytes(handle.process.pid) if handle else 0

    async def close(self) -> None:
        """See ``WorkerPool``."""
        with anyio.CancelScope(shield=True):
            handles = list(self._processes.values())
            for handle in handles:
                handle.kill()
            for handle in handles:
                await handle.process.wait()
                handle.close()

    async def _attend(self, worker: int, handle: _WorkerProcess) -> None:
        async with anyio.create_task_group() as reading:
            reading.start_soon(handle.keep_last_words)
            async for line in handle.lines():
                try:
                    message = decode(line, MESSAGES)
                except ValueError as error:  # whatever it is now, it is no worker of ours
                    handle.last_words.append(f"unreadable message: {error}")
                    handle.kill()
                    break
                self._receive(worker, message)
        status = await handle.process.wait()
        if self._processes.get(worker) is handle:
            del self._processes[worker]
        handle.close()
        name = signal.Signals(-status).name if status < 0 else ""
        self._receive(worker, WorkerExit(name, status, "\n".join(handle.last_words)))


class _WorkerProcess:
    """One child with its streams."""

    def __init__(self, process: anyio.abc.Process) -> None:
        self.process = process
        self.last_words: deque[str] = deque(maxlen=LAST_WORDS)
        self._outbox, self._to_write = anyio.create_memory_object_stream[bytes](10_000)

    def send(self, line: str) -> None:
        try:
            self._outbox.send_nowait(line.encode("ascii") + b"\n")
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return  # the worker is gone: its exit is on the way to the coordinator

    def kill(self) -> None:
        try:
            self.process.kill()
        except ProcessLookupError:
            return

    def close(self) -> None:
        self._outbox.close()
        self._to_write.close()

    async def write(self) -> None:
        """Carry commands to the child's stdin until either side ends."""
        assert self.process.stdin is not None  # noqa: S101  opened with a pipe
        try:
            async for data in self._to_write:
                await self.process.stdin.send(data)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            return

    async def lines(self) -> Any:
        """Yield the child's messages. A line longer than any message of ours ends the child."""
        assert self.process.stdout is not None  # noqa: S101  opened with a pipe
        rest = b""
        async for chunk in self.process.stdout:
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield line
            if len(rest) > LONGEST_LINE:
                self.kill()
                return

    async def keep_last_words(self) -> None:
        """Hold on to the end of the child's stderr: it explains a crash, and must not tear the live view."""
        assert self.process.stderr is not None  # noqa: S101  opened with a pipe
        rest = ""
        async for chunk in self.process.stderr:
            *whole, rest = (rest + chunk.decode("utf-8", "replace"))[-65536:].split("\n")
            self.last_words.extend(line for line in whole if line.strip())
