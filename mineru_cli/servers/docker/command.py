"""Running the ``docker`` command: output as text or line by line; cancellation kills the child."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
from anyio.abc import ByteReceiveStream, Process

from mineru_cli.isolation.child_process import open_process
from mineru_cli.isolation.pipe_lines import text_lines

NOT_FOUND = 127
LONGEST_LINE = 4_000


@dataclass(frozen=True, slots=True)
class Output:
    """Output and exit code of a command: ``code`` is 127 when there is no such program, 124 on a timeout."""

    code: int
    out: str
    err: str

    @property
    def output(self) -> str:
        """The last line of stderr, else of stdout."""
        lines = [line.strip() for line in (self.err or self.out).splitlines() if line.strip()]
        return lines[-1] if lines else f"it ended with code {self.code} and no output"


async def run(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, within: float = 30.0
) -> Output:
    """Run ``command`` for at most ``within`` seconds. Never raises: failures are in the result."""
    try:
        return await _run(command, environment, within)
    except OSError:
        return Output(NOT_FOUND, "", f"{command[0]} is not installed")


async def _run(command: Sequence[str], environment: Mapping[str, str] | None, within: float) -> Output:
    with anyio.move_on_after(within):
        async with _running(command, environment) as process, anyio.create_task_group() as tasks:
            errors: list[bytes] = []
            tasks.start_soon(_collect, process.stderr, errors)
            output: list[bytes] = []
            await _collect(process.stdout, output)
            code = await process.wait()
        out, err = (b"".join(chunks).decode("utf-8", "replace") for chunks in (output, errors))
        return Output(code, out, err)
    return Output(124, "", f"{command[0]} gave no answer within {within:g} s")


async def _collect(stream: ByteReceiveStream | None, chunks: list[bytes]) -> None:
    if stream is not None:
        chunks.extend([chunk async for chunk in stream])


@asynccontextmanager
async def following(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None
) -> AsyncIterator[AsyncIterator[str | int]]:
    """Stream the lines of a command, stdout and stderr merged; the last item is its exit code.

    Leaving the context terminates the command.
    """
    async with _running(command, environment, stderr=subprocess.STDOUT) as process:
        yield _lines(process)


@asynccontextmanager
async def _running(
    command: Sequence[str], extra: Mapping[str, str] | None, *, stderr: int = subprocess.PIPE
) -> AsyncIterator[Process]:
    """Start the command; kill it and wait for it on exit."""
    environment = {**os.environ, **extra} if extra else None
    process = await open_process(command, stderr=stderr, environment=environment)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        with anyio.CancelScope(shield=True):
            await process.aclose()


async def _lines(process: Process) -> AsyncIterator[str | int]:
    if process.stdout is not None:
        # A progress bar rewrites its line with "\r": each version counts as a line.
        chunks = (chunk.replace(b"\r", b"\n") async for chunk in process.stdout)
        async for line in text_lines(chunks, LONGEST_LINE):
            yield line[:LONGEST_LINE]
    yield await process.wait()
