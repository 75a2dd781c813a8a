"""The actor: runs one worker process on its node and forwards its messages.

The worker is that of the local engine, with its fork server and its sandbox: a PDF that crashes it ends
neither the actor nor its node, and its exit is reported with the signal. It ends with the actor, which the
kernel ensures. Only the worker's lines of JSON go to the driver.
"""

from __future__ import annotations

import asyncio
import os
import platform
import socket
from collections.abc import Sequence
from typing import Any, NamedTuple

import anyio

from mineru_cli import __version__
from mineru_cli.domain.codec import decode, encode
from mineru_cli.engine.local.fork_client import ForkServer
from mineru_cli.engine.local.pool import LocalPool
from mineru_cli.engine.messages import COMMANDS
from mineru_cli.engine.pool import WorkerExit

HEARTBEAT = 1.0
"""Seconds after which an empty reply is sent."""
GATHER = 0.05
"""Seconds for which messages are collected into one reply."""


class HostFacts(NamedTuple):
    """The node and the versions of an actor."""

    host: str
    pid: int
    version: str
    python: str


class Heard(NamedTuple):
    """A worker's messages since the last call. ``exit`` is (signal, status, stderr) after the last one."""

    rss: int
    lines: Sequence[str]
    exit: tuple[str, int, str] | None


class WorkerHost:
    """One worker at a time. All methods run on the actor's event loop, in the order of their calls."""

    def __init__(self) -> None:
        self._pool: LocalPool | None = None
        self._lines: list[str] = []
        self._exit: tuple[str, int, str] | None = None
        self._said = asyncio.Event()
        self._life: asyncio.Task[None] | None = None

    async def facts(self) -> HostFacts:
        """The first call: it returns once the actor is placed."""
        return HostFacts(socket.gethostname(), os.getpid(), __version__, platform.python_version())

    async def start(self, job: str) -> None:
        """Start a worker, after the last one ended."""
        if self._life is not None:
            await self._life
        self._lines, self._exit = [], None
        begun = asyncio.Event()
        self._life = asyncio.create_task(self._live(job, begun))
        await begun.wait()

    async def send(self, command: str) -> None:
        """Send a command to the worker."""
        if self._pool is not None:
            self._pool.send(0, decode(command, COMMANDS))

    async def kill(self) -> None:
        """Kill the worker."""
        if self._pool is not None:
            self._pool.kill(0)

    async def receive(self) -> Heard:
        """Wait for messages of the worker, up to ``HEARTBEAT``."""
        try:
            await asyncio.wait_for(self._said.wait(), HEARTBEAT)
            await asyncio.sleep(GATHER)
        except (TimeoutError, asyncio.TimeoutError):
            pass
        self._said.clear()
        lines, self._lines = self._lines, []
        return Heard(self._pool.memory(0) if self._pool else 0, lines, self._exit)

    async def _live(self, job: str, begun: asyncio.Event) -> None:
        ended = asyncio.Event()

        def receive(worker: int, message: Any) -> None:
            if isinstance(message, WorkerExit):
                self._exit = (message.signal, message.status, message.stderr_tail)
                ended.set()
            else:
                self._lines.append(encode(message))
            self._said.set()

        async with anyio.create_task_group() as tasks:
            pool = LocalPool(lambda worker: decode(job, COMMANDS), tasks, receive, ForkServer())
            try:
                await pool.start(0)
                self._pool = pool
                begun.set()
                await ended.wait()
            finally:
                begun.set()
                self._pool = None
                await pool.close()
                tasks.cancel_scope.cancel()
