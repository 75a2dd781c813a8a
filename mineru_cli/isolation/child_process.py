"""Starting child processes: never left half started, and never with the working directory on their path."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO

import anyio
from anyio.abc import Process

SPAWNS_SAFELY = sys.version_info >= (3, 11)
"""Python 3.10 has no safe path: the work is then done in this process, which is slower."""

_VARIABLE = "PYTHONSAFEPATH"


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


@contextmanager
def safe_path_for_children() -> Iterator[None]:
    """Keep the working directory off the import path of processes that multiprocessing spawns meanwhile.

    It starts ``python -c``, which looks for modules in the working directory first.
    Set in the environment, the only way to pass it; only meanwhile, because the user's own commands may rely
    on their folder being on the path.
    """
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before
