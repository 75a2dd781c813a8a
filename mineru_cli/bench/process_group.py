"""A command line of the user's with everything that it starts: none of it outlives us."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from anyio.abc import Process

from mineru_cli.errors import SettingsError
from mineru_cli.isolation.child_process import open_process

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
