"""What is held while a measurement runs: other tasks, a process with its children, a scratch folder."""

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
    """Await ``work`` while the others run; they are cancelled when it ends.

    An error of ours is raised as itself: inside a group nobody would know its exit code.
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
"""For a server to end in good order, until it is killed."""


@asynccontextmanager
async def process_group(words: Sequence[str], log: Path, *, option: str) -> AsyncIterator[Process]:
    """Run it in a group of its own, its output in a file; what is left of the group is stopped in the end.

    Raises ``SettingsError``, which names the ``option``, when it cannot be run.
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
    """An empty folder with an empty folder ``in`` in it."""
    make = partial(tempfile.TemporaryDirectory, prefix="mineru-bench-", dir=parent)
    held = await anyio.to_thread.run_sync(make)
    try:
        folder = Path(held.name)
        await anyio.to_thread.run_sync((folder / "in").mkdir)
        yield folder
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(held.cleanup)
