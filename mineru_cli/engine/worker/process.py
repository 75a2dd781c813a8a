"""A worker process, as forked by the fork server: a Worker behind stdin and stdout.

The first line on stdin is the ``WorkerJob``, every further one a command. stdout carries messages only:
what native libraries print goes to stderr.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import anyio

from mineru_cli import __version__
from mineru_cli.domain.codec import decode, encode
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.messages import COMMANDS, RunAborted, WorkerJob, WorkerReady
from mineru_cli.engine.process import allow_many_files, die_with_parent
from mineru_cli.engine.storage import open_storage
from mineru_cli.engine.worker.assembly import DocumentAssembler
from mineru_cli.engine.worker.page_thread import PageThread
from mineru_cli.engine.worker.sandbox import enter_sandbox
from mineru_cli.engine.worker.worker import Worker
from mineru_cli.errors import SettingsError
from mineru_cli.inference.fleet import Fleet
from mineru_cli.inference.fleet_settings import FleetSettings
from mineru_cli.inference.request_trace import Tracing
from mineru_cli.output.names import OutputOptions
from mineru_cli.recipes.recipe import RecipeOptions
from mineru_cli.recipes.registry import make_recipe
from mineru_cli.settings import Settings

LATE = (
    "anyio._backends._asyncio",
    "uvloop",
    "encodings.idna",
    "certifi",
    "mineru_cli.pages.pdf",
    "mineru_cli.recipes.mineru",
    "mineru_vl_utils.mineru_client",
    "PIL.ImageDraw",
    "PIL.ImageFile",
    "mineru_cli.output.writer",
)
"""Modules that a worker imports late, in the order of need: imported once before the fork, all share them."""


def main() -> None:
    """Serve one job, then end."""
    started = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM):
        # The coordinator decides when to stop, also where systemd signals every process of a service.
        signal.signal(number, signal.SIG_IGN)
    die_with_parent()
    allow_many_files()
    messages = _take_stdout()
    line = sys.stdin.buffer.readline()
    if not line:
        return
    job: WorkerJob = decode(line, COMMANDS)
    settings = Settings.from_wire(job.settings)
    try:
        sandboxed = enter_sandbox(job, settings, os.environ)
    except SettingsError as error:
        _sender(messages)(RunAborted(Failure.of(error)))
        return
    ready = partial(WorkerReady, sandboxed=sandboxed)
    anyio.run(_serve, job, settings, messages, ready, started, backend_options={"use_uvloop": _has_uvloop()})
    os._exit(0)  # the stdin thread may still block


def _take_stdout() -> int:
    """A private copy of stdout; file descriptor 1 becomes stderr."""
    private = os.dup(1)
    os.dup2(2, 1)
    return private


def _has_uvloop() -> bool:
    try:
        import uvloop  # noqa: F401
    except ImportError:
        return False
    return True


def _sender(descriptor: int) -> Callable[[Any], None]:
    lock = threading.Lock()

    def send(message: Any) -> None:
        data = memoryview(encode(message).encode("ascii") + b"\n")
        with lock:
            while data:
                data = data[os.write(descriptor, data) :]

    return send


async def _commands() -> AsyncIterator[Any]:
    """Yields commands as they arrive. When the coordinator ends, this process exits at once."""
    sending, receiving = anyio.create_memory_object_stream[Any](10_000)
    token = anyio.lowlevel.current_token()

    def read() -> None:
        for line in sys.stdin.buffer:
            anyio.from_thread.run_sync(sending.send_nowait, decode(line, COMMANDS), token=token)
        os._exit(0)

    threading.Thread(target=read, name="stdin", daemon=True).start()
    async for command in receiving:
        yield command


async def _serve(
    job: WorkerJob, settings: Settings, messages: int, ready: Callable[..., WorkerReady], started: float
) -> None:
    send = _sender(messages)
    storage = open_storage(settings, Path(job.output))
    fleet = Fleet(
        job.servers,
        job.model,
        FleetSettings.of(settings, limit=job.limit, adaptive=job.adaptive, worker=job.worker),
        clock=time.monotonic,
        sleep=anyio.sleep,
        random=Random(),
        announce=send,
    )
    tracing = None
    if job.trace_ratio is not None:
        tracing = Tracing(job.run, job.trace_ratio, wall=time.time, bits=Random().getrandbits)
    recipe_options = RecipeOptions(
        text=job.text,
        image_format=settings.rendering.image_format,
        limits=settings.limits,
        quality_attempts=settings.resilience.retry.quality_attempts,
        image_analysis=settings.image_analysis,
        table_formula_wrap=settings.table_formula_wrap,
        page_words=job.page_words,
        formulas=job.formulas,
    )
    worker = Worker(
        job.worker,
        settings,
        fleet=fleet,
        recipe=make_recipe(job.recipe, recipe_options, profile=job.profile),
        place=DocumentAssembler(
            storage.sources(),
            storage.pages(job.fingerprint + job.target),
            storage.results,
            job.fingerprint,
        ),
        options=OutputOptions(
            format=settings.format,
            files=settings.wanted_files,
            markdown=settings.markdown,
            heading_levels=settings.heading_levels,
            version=__version__,
            model=job.model,
            recipe=job.recipe,
            unsafe_markdown=settings.unsafe_markdown,
            selection=bool(settings.pages),
        ),
        thread=PageThread(),
        send=send,
        tracing=tracing,
    )
    async with fleet:
        send(ready(os.getpid(), time.monotonic() - started))
        await worker.serve(_commands())
