"""A server started by any command line."""

from __future__ import annotations

import re
import shlex
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio
from anyio.abc import Process

from mineru_cli.bench.background import process_group, run_with_background, scratch_folder
from mineru_cli.bench.servers.own_server import VLLM, Up, flags
from mineru_cli.bench.servers.phases import StartPhases
from mineru_cli.errors import EngineUnavailable, SettingsError
from mineru_cli.servers.docker.vllm_log import short
from mineru_cli.servers.readiness import wait_until_ready

PORT, OPTIONS = "{port}", "{options}"
READY_SECONDS, LOOK = 1800.0, 0.25
LAST_WORDS = 600
ERROR = re.compile(r"\b\w*Error: ")


class CommandServer:
    """Any command line that starts vLLM or a server that takes its options.

    ``{port}`` is replaced with a free port, ``{options}`` with the tried options (else they are appended).
    Raises ``SettingsError`` for a command without ``{port}``.
    """

    name = "command"

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
    async def started(self, values: Mapping[str, int]) -> AsyncIterator[Up]:
        """See ``OwnServer``."""
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        async with scratch_folder() as folder:
            log, phases = folder / "log", StartPhases()
            async with process_group(self.words(values, port), log, option="--start") as process:
                answered = await self._answered(url, process, log, phases)
                yield Up(url, phases.until_answered(answered))

    async def _answered(self, url: str, process: Process, log: Path, phases: StartPhases) -> float:
        """Wait for the server, or for its exit; returns the seconds of its first answer."""
        waiting = anyio.CancelScope()

        async def watch() -> None:
            await process.wait()
            waiting.cancel()

        async def wait() -> float | None:
            with waiting:
                proof = await wait_until_ready(
                    url,
                    model=None,
                    api_key=self._api_key,
                    timeout=self._ready_seconds,
                    sleep=lambda seconds: anyio.sleep(LOOK),
                )
                return proof.answer_seconds
            return None

        answered = await run_with_background(wait(), watch, partial(phases.follow, log))
        if answered is None:
            output = await anyio.Path(log).read_text("utf-8", "replace")
            raise EngineUnavailable(f"--start ended with code {process.returncode}:\n{_why(output)}")
        return answered

    def words(self, values: Mapping[str, int], port: int) -> list[str]:
        """The command line for these values."""
        line = self._text.replace(OPTIONS, shlex.join(flags(self.settings, values)))
        return shlex.split(line.replace(PORT, str(port)))

    def as_environment(self, values: Mapping[str, int]) -> Mapping[str, str]:
        """Options to add to the command."""
        words = flags(self.settings, values)
        return {"options": " ".join(words)} if words else {}


def _why(log: str) -> str:
    """The first error in its log, from which later ones follow, and the last lines."""
    first = next((short(line) for line in log.splitlines() if ERROR.search(line)), "")
    end = log[-LAST_WORDS:].strip()
    return end if first in end else f"{first}\n...\n{end}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
