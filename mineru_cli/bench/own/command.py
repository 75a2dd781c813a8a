"""Whatever a command line starts."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from anyio.abc import Process

from mineru_cli.bench.beside import with_background
from mineru_cli.bench.own.settings import VLLM, flags
from mineru_cli.bench.scratch import scratch_folder
from mineru_cli.errors import EngineUnavailable, SettingsError
from mineru_cli.servers.docker.await_ready import wait_until_ready

PORT, OPTIONS = "{port}", "{options}"
READY_SECONDS, STOP_SECONDS = 1800.0, 45.0
LAST_WORDS = 1500


class CommandServer:
    """Any command line that starts vLLM or a server that takes its options.

    ``{port}`` in it becomes a free port, ``{options}`` what is tried (at the end where it has none). Raises
    ``SettingsError`` for a line that names no port.
    """

    def __init__(
        self, text: str, *, api_key: str | None = None, ready_seconds: float = READY_SECONDS
    ) -> None:
        if PORT not in text:
            raise SettingsError(
                f"--start {text!r} does not say where its port goes",
                hint="write --start 'vllm serve MODEL --port {port} {options}'",
            )
        try:
            shlex.split(text)
        except ValueError as error:
            raise SettingsError(f"--start {text!r}: {error}") from None
        self.settings = VLLM
        self._text = text if OPTIONS in text else f"{text} {OPTIONS}"
        self._api_key = api_key
        self._ready_seconds = ready_seconds

    @asynccontextmanager
    async def started(self, values: Mapping[str, int]) -> AsyncIterator[str]:
        """See ``OwnServer``."""
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        async with scratch_folder() as folder, _running(self.words(values, port), folder / "log") as process:
            await self._ready(url, process, folder / "log")
            yield url

    async def _ready(self, url: str, process: Process, log: Path) -> None:
        """Wait for the server, or for its end."""
        ended = False
        waiting = anyio.CancelScope()

        async def watch() -> None:
            nonlocal ended
            await process.wait()
            ended = True
            waiting.cancel()

        async def wait() -> None:
            with waiting:
                await wait_until_ready(url, model=None, api_key=self._api_key, timeout=self._ready_seconds)

        await with_background(wait(), watch)
        if ended:
            said = await anyio.Path(log).read_text("utf-8", "replace")
            raise EngineUnavailable(
                f"--start ended with code {process.returncode}:\n{said[-LAST_WORDS:].strip()}"
            )

    def words(self, values: Mapping[str, int], port: int) -> list[str]:
        """The command line for these values."""
        line = self._text.replace(OPTIONS, shlex.join(flags(self.settings, values)))
        return shlex.split(line.replace(PORT, str(port)))

    def spelled(self, values: Mapping[str, int]) -> Mapping[str, str]:
        """Options to add to the line."""
        words = flags(self.settings, values)
        return {"options": " ".join(words)} if words else {}


@asynccontextmanager
async def _running(words: Sequence[str], log: Path) -> AsyncIterator[Process]:
    """A process with a group of its own, its output in a file; the whole group is stopped in the end."""
    file = await anyio.to_thread.run_sync(log.open, "wb")
    with file:
        try:
            process = await anyio.open_process(
                words, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )
        except OSError as error:
            raise SettingsError(f"--start {words[0]!r} cannot be run: {error.strerror}") from None
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
