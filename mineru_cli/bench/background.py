"""Resources of a measurement: background tasks, a process group, a scratch folder."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
from anyio.abc import Process

from mineru_cli.errors import MinerUBatchError, SettingsError
from mineru_cli.isolation.child_process import open_process

T = TypeVar("T")


async def run_with_background(
    work: Awaitable[T], *background: Callable[[], Coroutine[Any, Any, object]]
) -> T:
    """Await ``work`` while the background tasks run; they are cancelled when it ends.

    An error of mineru-batch is unwrapped from its exception group, which would hide its exit code.
    """
    failure: MinerUBatchError | None = None
    async with anyio.create_task_group() as tasks:
        for one in background:
            tasks.start_soon(one)
        try:
            result = await work
        except MinerUBatchError as error:
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return result


STOP_SECONDS = 45.0
"""Seconds that a server has to shut down before it is killed."""


@asynccontextmanager
async def process_group(words: Sequence[str], log: Path, *, option: str) -> AsyncIterator[Process]:
    """Run a command in its own process group, output to a file; the group is terminated on exit.

    Raises ``SettingsError``, which names the ``option``, if it cannot be run.
    """
    file = await anyio.to_thread.run_sync(log.open, "wb")
    with file:
        try:
            process = await open_process(words, stdout=file, stderr=file)
        except OSError as error:
            raise SettingsError(f"{option} {words[0]!r} cannot be run: {error.strerror}") from None
        try:
            yield process
        finally:
            with anyio.CancelScope(shield=True):
                await _stop(process)


async def _stop(process: Process) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with anyio.move_on_after(STOP_SECONDS):
            await process.wait()


@asynccontextmanager
async def scratch_folder(parent: Path | None = None) -> AsyncIterator[Path]:
    """A temporary folder that contains an empty folder ``in``."""
    make = partial(tempfile.TemporaryDirectory, prefix="mineru-bench-", dir=parent)
    held = await anyio.to_thread.run_sync(make)
    try:
        folder = Path(held.name)
        await anyio.to_thread.run_sync((folder / "in").mkdir)
        yield folder
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(held.cleanup)
