"""Running the ``docker`` command: its output as text or line by line, ended with us when we are cancelled."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

NOT_FOUND = 127
LONGEST_LINE = 4_000


@dataclass(frozen=True, slots=True)
class Output:
    """What a command said. ``code`` is 127 when there is no such program, 124 when it took too long."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """The last line of its errors, or of its output."""
        lines = [line.strip() for line in (self.err or self.out).splitlines() if line.strip()]
        return lines[-1] if lines else f"it ended with code {self.code} and said nothing"


async def run(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, within: float = 30.0
) -> Output:
    """Run ``command`` to its end, for at most ``within`` seconds. Never raises for what the command does."""
    try:
        return await _run(command, environment, within)
    except OSError:
        return Output(NOT_FOUND, "", f"{command[0]} is not installed")


async def _run(command: Sequence[str], environment: Mapping[str, str] | None, within: float) -> Output:
    with anyio.move_on_after(within):
        done = await anyio.run_process(
            command, check=False, stdin=subprocess.DEVNULL, env=_with(environment), start_new_session=True
        )
        out, err = (stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr))
        return Output(done.returncode, out, err)
    return Output(124, "", f"{command[0]} gave no answer within {within:g} s")


@asynccontextmanager
async def following(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None
) -> AsyncIterator[AsyncIterator[str | int]]:
    """Lines of a running command, stdout and stderr in one; its exit code is the last item.

    Leaving the context ends the command.
    """
    process = await anyio.open_process(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_with(environment),
        start_new_session=True,
    )
    try:
        yield _lines(process)
    finally:
        if process.returncode is None:
            process.kill()
        with anyio.CancelScope(shield=True):
            await process.aclose()


async def _lines(process: Process) -> AsyncIterator[str | int]:
    rest = ""
    if process.stdout is not None:
        async for text in TextReceiveStream(process.stdout, errors="replace"):
            *whole, rest = (rest + text).replace("\r", "\n").split("\n")
            for line in whole:
                yield line[:LONGEST_LINE]
            rest = rest[-LONGEST_LINE:]
    if rest:
        yield rest
    yield await process.wait()


def _with(extra: Mapping[str, str] | None) -> dict[str, str] | None:
    return {**os.environ, **extra} if extra else None
