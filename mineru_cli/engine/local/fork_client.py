"""The client of the fork server: requests workers, and is notified when they end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

import anyio
import anyio.abc
import anyio.to_thread

from mineru_cli.engine.local.launch import Launch, launch
from mineru_cli.isolation.pipe_lines import LineSplitter, keep_tail

ASK, STREAMS = b"+", 3
LAST_WORDS = 20
CHUNK = 65536
PATIENCE = 5.0
"""Seconds for a fork server to end its workers and itself."""


class Stream:
    """Our end of a socket pair."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def over(cls, end: socket.socket) -> Stream:
        """Take ownership of ``end``. Shielded: a cancellation in between would leave it open."""
        with anyio.CancelScope(shield=True):
            reader, writer = await asyncio.open_unix_connection(sock=end)
        return cls(reader, writer)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yields what arrives, until the other end is closed."""
        with suppress(ConnectionError):
            while chunk := await self._reader.read(CHUNK):
                yield chunk

    async def send(self, data: bytes) -> None:
        """Write all of it. Raises ``ConnectionError`` when the other end is closed."""
        self._writer.write(data)
        await self._writer.drain()

    async def aclose(self) -> None:
        """Close the socket."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


class Child:
    """A worker process: its three streams, and how it ended.

    ``pid`` is 0 until it runs. ``status`` is None until it has ended, then as in ``subprocess``.
    """

    def __init__(self, stdin: Stream, stdout: Stream, stderr: Stream) -> None:
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self.pid = 0
        self.status: int | None = None
        self.stderr_tail: deque[str] = deque(maxlen=LAST_WORDS)
        self.started, self.ended = anyio.Event(), anyio.Event()

    def kill(self) -> None:
        """Kill it."""
        if self.pid and self.status is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def aclose(self) -> None:
        """Close the streams."""
        for stream in (self.stdin, self.stdout, self.stderr):
            await stream.aclose()


class ForkServer:
    """Forks workers. A server that ended is replaced at the next fork.

    ``launched`` is one that was started in advance.
    """

    def __init__(self, launched: Launch | None = None) -> None:
        self._ahead = launched
        self._life: _ForkServerConnection | None = None
        self._turn = anyio.Lock()

    async def fork(self, tasks: anyio.abc.TaskGroup) -> Child:
        """Fork a worker, which reads its job from stdin. ``tasks`` runs what waits for its end."""
        async with self._turn:
            if self._life is None or self._life.gone:
                # Not in a thread: the kernel ends a server with the thread that started it.
                started, self._ahead = self._ahead or launch(), None
                self._life = await _ForkServerConnection.begin(started, tasks)
            child = await self._life.ask()
        try:
            await child.started.wait()
        except BaseException:  # cancelled: the run ended first, and no other code has the child
            with anyio.CancelScope(shield=True):
                await child.aclose()
            raise
        return child

    async def aclose(self) -> None:
        """End all workers and the server. None is left when this returns."""
        if self._life is not None:
            with anyio.CancelScope(shield=True):
                await self._life.end()


class _ForkServerConnection:
    """One server process, from its start to its end."""

    def __init__(self, server: Launch, control: Stream) -> None:
        self.gone = False
        self._process, self._socket, self._control = server.process, server.control, control
        self._requested: deque[Child] = deque()
        self._children: dict[int, Child] = {}

    @classmethod
    async def begin(cls, server: Launch, tasks: anyio.abc.TaskGroup) -> _ForkServerConnection:
        life = cls(server, await Stream.over(server.control))
        tasks.start_soon(life._attend, await Stream.over(server.stderr))
        return life

    async def ask(self) -> Child:
        ours, theirs = zip(*(socket.socketpair() for _ in range(STREAMS)), strict=True)
        child = Child(*[await Stream.over(end) for end in ours])
        self._requested.append(child)
        with suppress(OSError):  # it ended: ``_attend`` notices the same, and ends the child
            socket.send_fds(self._socket, [ASK], [end.fileno() for end in theirs])
        for end in theirs:
            end.close()
        return child

    async def end(self) -> None:
        await self._control.aclose()
        with suppress(subprocess.TimeoutExpired):
            await anyio.to_thread.run_sync(self._process.wait, PATIENCE)
        if self._process.returncode is None:
            self._process.kill()
            await anyio.to_thread.run_sync(self._process.wait)

    async def _attend(self, stderr: Stream) -> None:
        words: deque[str] = deque(maxlen=LAST_WORDS)
        try:
            async with anyio.create_task_group() as reading:
                reading.start_soon(keep_tail, stderr.chunks(), words)
                splitter = LineSplitter()
                async for chunk in self._control.chunks():
                    for line in splitter.feed(chunk):
                        self._handle_line(line.decode())
        finally:
            with anyio.CancelScope(shield=True):
                await stderr.aclose()
                await self._control.aclose()
        self.gone = True
        status = await anyio.to_thread.run_sync(self._process.wait)
        for child in (*self._requested, *self._children.values()):  # they end with their server
            child.stderr_tail.extend(words)
            _set_ended(child, status or -signal.SIGKILL)

    def _handle_line(self, line: str) -> None:
        word, pid, *status = line.split()
        if word == "start":
            child = self._children[int(pid)] = self._requested.popleft()
            child.pid = int(pid)
            child.started.set()
        elif word == "none":
            child = self._requested.popleft()
            child.stderr_tail.append(f"no process for a worker: {os.strerror(int(pid))}")
            _set_ended(child, 1)
        else:
            _set_ended(self._children.pop(int(pid)), int(status[0]))


def _set_ended(child: Child, status: int) -> None:
    child.status = status
    child.started.set()
    child.ended.set()
