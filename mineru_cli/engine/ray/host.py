"""The actor: runs one worker process on its node and forwards its messages.

The worker is that of the local engine, with its fork server and its sandbox: a PDF that crashes it ends
neither the actor nor its node, its exit is reported with the signal, and the next one is forked at once. It
ends with the actor, which the kernel ensures. Only the worker's lines of JSON go to the driver.
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
from mineru_cli.engine.local.launch import launched
from mineru_cli.engine.local.pool import LocalPool
from mineru_cli.engine.messages import COMMANDS
from mineru_cli.engine.pool import WorkerExit

HEARTBEAT = 1.0
"""Seconds after which an empty reply is sent."""
WORKER = 0
"""The number of the only worker in the pool of an actor."""
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
    """One worker at a time, forked from a server that lasts as long as the actor.

    All methods run on the actor's event loop, in the order of their calls.
    """

    def __init__(self) -> None:
        self._pool: LocalPool | None = None
        self._job = ""
        self._lines: list[str] = []
        self._exit: tuple[str, int, str] | None = None
        self._reported = asyncio.Event()
        self._life: asyncio.Task[None] | None = None

    async def facts(self) -> HostFacts:
        """The first call: it returns once the actor is placed. The fork server loads from now on."""
        if self._life is None:
            started = asyncio.Event()
            self._life = asyncio.create_task(self._live(started))
            await started.wait()
        return HostFacts(socket.gethostname(), os.getpid(), __version__, platform.python_version())

    async def start(self, job: str) -> None:
        """Start a worker, after the last one ended."""
        self._job, self._lines, self._exit = job, [], None
        await self._present().start(WORKER)

    async def send(self, command: str) -> None:
        """Send a command to the worker."""
        self._present().send(WORKER, decode(command, COMMANDS))

    async def kill(self) -> None:
        """Kill the worker."""
        self._present().kill(WORKER)

    async def receive(self) -> Heard:
        """Wait for messages of the worker, up to ``HEARTBEAT``."""
        try:
            await asyncio.wait_for(self._reported.wait(), HEARTBEAT)
            await asyncio.sleep(GATHER)
        except (TimeoutError, asyncio.TimeoutError):
            pass
        self._reported.clear()
        lines, self._lines = self._lines, []
        return Heard(self._present().memory(WORKER), lines, self._exit)

    def _present(self) -> LocalPool:
        """The pool. Raises where it failed: the driver then gives up this actor."""
        if self._life is not None and self._life.done():
            self._life.result()
        if self._pool is None:
            raise RuntimeError("the actor has no pool of workers")
        return self._pool

    async def _live(self, started: asyncio.Event) -> None:
        try:
            # Not in a thread: the kernel ends a fork server with the thread that started it.
            with launched() as server:
                async with anyio.create_task_group() as tasks:
                    forks = ForkServer(server)
                    self._pool = LocalPool(
                        lambda worker: decode(self._job, COMMANDS), tasks, self._hear, forks
                    )
                    started.set()
                    await anyio.sleep_forever()
        finally:
            started.set()

    def _hear(self, worker: int, message: Any) -> None:
        if isinstance(message, WorkerExit):
            self._exit = (message.signal, message.status, message.stderr_tail)
        else:
            self._lines.append(encode(message))
        self._reported.set()
