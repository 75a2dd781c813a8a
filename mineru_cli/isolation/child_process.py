"""Starting a child process from asynchronous code so that a cancellation never leaves it half started."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from typing import IO

import anyio
from anyio.abc import Process


async def open_process(
    command: Sequence[str],
    *,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.PIPE,
    environment: Mapping[str, str] | None = None,
) -> Process:
    """Start a command in a session of its own. The caller terminates and closes it.

    A start that is cancelled twice leaves asyncio with a process that it no longer waits for and a pipe that
    it never closes, and anyio repeats a cancellation until it is delivered. So a start is shielded: it takes
    milliseconds, and the cancellation is raised at the caller's next checkpoint.

    Raises ``OSError`` if the program cannot be run.
    """
    with anyio.CancelScope(shield=True):
        process = await anyio.open_process(  # noqa: TID251 - the one place that may
            command, stdin=stdin, stdout=stdout, stderr=stderr, env=environment, start_new_session=True
        )
    return process  # noqa: RET504 - a scope may swallow, says its type
