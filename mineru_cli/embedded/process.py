"""The engine as a child process: start, wait until it is ready, stop; it never becomes an orphan."""

from __future__ import annotations

import json
import os
import subprocess
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec

import anyio
import anyio.to_thread
from anyio.abc import ByteReceiveStream, Process

from mineru_cli.domain.extras import EMBEDDED_HINT
from mineru_cli.embedded.config import KEY_VARIABLE, EmbeddedConfig
from mineru_cli.errors import EngineUnavailable, ServerError
from mineru_cli.isolation.child_process import open_process
from mineru_cli.isolation.command import python_command
from mineru_cli.isolation.pipe_lines import LineSplitter, keep_tail

PACKAGES = (
    "numpy",
    "onnxruntime",
    "prometheus_client",
    "rapid_layout",
    "rapidocr",
    "scipy",
    "starlette",
    "uvicorn",
)
"""Import names of the extra's packages."""

MODULE = "mineru_cli.embedded.__main__"
LAST_LINES = 12
READY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """URL and served model of a started server."""

    url: str
    model: str
    pid: int


def missing_packages() -> tuple[str, ...]:
    """The extra's packages that are not installed."""
    return tuple(name for name in PACKAGES if find_spec(name) is None)


@asynccontextmanager
async def embedded_server(
    config: EmbeddedConfig, *, ready_seconds: float = READY_SECONDS
) -> AsyncIterator[ServerInfo]:
    """A context with a running server.

    It accepts connections immediately; ``/health`` returns 503 until the models are loaded (one to two
    seconds). Raises EngineUnavailable when the extra is not installed, the process dies, or does not announce
    itself within ``ready_seconds``. At the end it receives SIGTERM, and SIGKILL after ``config.grace`` more
    seconds.
    """
    if missing := missing_packages():
        raise EngineUnavailable(f"the embedded engine needs {', '.join(missing)}", hint=EMBEDDED_HINT)
    environment = dict(os.environ)
    if config.api_key:
        environment[KEY_VARIABLE] = config.api_key
    command = await anyio.to_thread.run_sync(_command, config)
    process = await open_process(command, stdin=subprocess.PIPE, environment=environment)
    last_lines: deque[str] = deque(maxlen=LAST_LINES)
    failure: BaseException | None = None
    async with anyio.create_task_group() as tasks:
        if process.stderr is not None:
            tasks.start_soon(keep_tail, process.stderr, last_lines)
        try:
            yield await _ready(process, last_lines, ready_seconds)
        except BaseException as error:  # noqa: BLE001 - raised again below, not wrapped in a group
            failure = error
        died = process.returncode
        await _stop(process, config.grace)
        tasks.cancel_scope.cancel()
    if isinstance(failure, ServerError) and not isinstance(failure, EngineUnavailable) and died is not None:
        raise _ended(died, last_lines) from failure
    if failure is not None:
        raise failure


def _command(config: EmbeddedConfig) -> list[str]:
    """The child's command line. The API key is in the environment: others can read command lines."""
    command = python_command(MODULE, "--die-with-parent")
    options = {
        "--host": config.host,
        "--port": config.port,
        "--threads": config.threads,
        "--slots": config.slots,
        "--model": config.model,
        "--runtime": config.runtime,
        "--recogniser": config.recogniser,
        "--grace": config.grace,
        "--sandbox": config.sandbox,
    }
    for name, value in options.items():
        command += [name, str(value)]
    if config.recogniser_folder is not None:
        command += ["--recogniser-folder", str(config.recogniser_folder)]
    return command


async def _ready(process: Process, last_lines: deque[str], seconds: float) -> ServerInfo:
    with anyio.move_on_after(seconds):
        if (announced := await _announced(process.stdout)) is not None:
            return announced
        code = await process.wait()
        await anyio.sleep(0.05)  # let the last of stderr arrive
        raise _ended(code, last_lines)
    raise EngineUnavailable(
        f"the embedded engine did not answer within {seconds:g} s",
        hint="\n".join(last_lines) or EMBEDDED_HINT,
    )


def _ended(code: int, last_lines: Iterable[str]) -> EngineUnavailable:
    output = "\n".join(last_lines) or "it wrote nothing"
    return EngineUnavailable(f"the embedded engine ended with code {code}:\n{output}", hint=EMBEDDED_HINT)


async def _announced(stream: ByteReceiveStream | None) -> ServerInfo | None:
    """The server that the process announces on stdout, None when stdout is closed without it.

    Other lines are skipped: a library may have written them.
    """
    splitter = LineSplitter()
    if stream is not None:
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
            async for chunk in stream:
                for line in splitter.feed(chunk):
                    with suppress(ValueError, KeyError, TypeError):
                        message = json.loads(line)
                        return ServerInfo(url=message["url"], model=message["model"], pid=message["pid"])
    return None


async def _stop(process: Process, grace: float) -> None:
    with anyio.CancelScope(shield=True):
        if process.returncode is None:
            process.terminate()
            with anyio.move_on_after(grace + 2.0):
                await process.wait()
        if process.returncode is None:
            process.kill()
        await process.wait()
        await process.aclose()
