"""``mineru-batch server``: servers on this machine."""

from __future__ import annotations

import os
import socket
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mineru_cli.cli.help import Command, group
from mineru_cli.cli.sandbox import SandboxOption
from mineru_cli.errors import EngineUnavailable, Interrupted, UsageError
from mineru_cli.settings.secrets import one_key
from mineru_cli.ui.plain_text import show_json, visible

if TYPE_CHECKING:
    from mineru_cli.servers.docker.config import DockerConfig

app = group("Servers of our own: up, down, status, logs, wait (vLLM in a container), embedded.")

ModelOption = Annotated[
    str | None, typer.Option("--model", help="Model to serve. [default: opendatalab/MinerU2.5-Pro-2605-1.2B]")
]
ServedModelOption = Annotated[
    str | None, typer.Option("--model", help="Model that it must serve. [default: any]")
]
PortOption = Annotated[
    int | None, typer.Option("--port", min=1, max=65535, help="Port on this machine. [default: 8000]")
]
KeyOption = Annotated[
    str | None,
    typer.Option("--api-key", help="Key of the server.", envvar="MINERU_BATCH_API_KEY", show_default=False),
]
KeyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--api-key-file",
        help="Read the key from this file.",
        envvar="MINERU_BATCH_API_KEY_FILE",
        metavar="FILE",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
UrlOption = Annotated[
    str | None, typer.Option("--server-url", help="Another server than the container of `server up`.")
]
DcgmOption = Annotated[
    str | None,
    typer.Option("--dcgm-url", help="Page of a DCGM exporter next to the server's GPUs.", metavar="URL"),
]


@app.command(cls=Command)
def up(
    model: ModelOption = None,
    revision: Annotated[
        str | None,
        typer.Option(help="Commit or tag of the model's repository. [default: the newest]", metavar="TEXT"),
    ] = None,
    port: PortOption = None,
    bind: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    api_key: KeyOption = None,
    api_key_file: KeyFileOption = None,
    memory_share: Annotated[
        float | None,
        typer.Option(
            "--gpu-memory", help="Share of the GPU's memory for vLLM. [default: 0.72]", min=0.05, max=1
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.0, help="Seconds until it must be ready.")] = 1800.0,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Check GPU, disk and port first.")] = True,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the container starting when you press Ctrl-C.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON event per line on stdout.")] = False,
) -> None:
    """Start vLLM in a container, or find it running, and wait until it answers a real request.

    Ctrl-C takes down again what this call started.

    \b
    mineru-batch server up
    mineru-batch server up --gpu-memory 0.4
    mineru-batch server up --model Qwen/Qwen2.5-VL-7B-Instruct
    """
    import anyio

    from mineru_cli.ui.tables.server import launch_view
    from mineru_cli.ui.terminal.view import can_show_live

    config = replace(
        _config(model, port, one_key(api_key, api_key_file)),
        revision=revision,
        bind=bind,
        memory_share=memory_share,
        ready_seconds=timeout,
        check=check,
    )
    if as_json:
        anyio.run(_launch, config, _print_event, keep)
        return
    live = can_show_live(sys.stderr, os.environ)
    with launch_view(sys.stderr, os.environ, time.monotonic, live=live) as announce:
        anyio.run(_launch, config, announce, keep)


async def _launch(config: DockerConfig, announce: Any, keep: bool) -> None:
    import asyncio

    from mineru_cli.cli.interrupt import cancelled_by_signals
    from mineru_cli.servers.docker.launch import STOP
    from mineru_cli.servers.docker.launch import up as launch

    try:
        with cancelled_by_signals():
            await launch(config, announce, keep=keep)
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise Interrupted(
            "no server: stopped at once", hint=f"a container may run on: {STOP} ends it"
        ) from None


@app.command(cls=Command)
def down() -> None:
    """Stop the container after its running requests and remove it. Weights and caches stay.

    \b
    mineru-batch server down
    """
    import anyio

    from mineru_cli.servers.docker.launch import down as stop

    typer.echo("The server is stopped." if anyio.run(stop, _config()) else "No server was started here.")


@app.command(cls=Command)
def status(
    server_url: UrlOption = None,
    api_key: KeyOption = None,
    api_key_file: KeyFileOption = None,
    dcgm_url: DcgmOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show container, model, load and GPUs; exit with 4 when requests would not be answered.

    \b
    mineru-batch server status
    mineru-batch server status --server-url http://gpu1:8000 --dcgm-url http://gpu1:9400/metrics --json
    """
    import anyio

    from mineru_cli.domain.exposure import on_this_machine
    from mineru_cli.telemetry.gpu import sample_once
    from mineru_cli.ui.tables.server import show_status

    key = one_key(api_key, api_key_file)

    async def ask() -> Any:
        state = await _status(server_url, key)
        here = on_this_machine([state.url], socket.gethostname())
        return state, await sample_once(dcgm_url, here=here)

    state, gpus = anyio.run(ask)
    if as_json:
        show_json({"ready": state.ready, **asdict(state), "gpus": [asdict(gpu) for gpu in gpus]}, sys.stdout)
    else:
        show_status(state, gpus, sys.stdout, os.environ)
    if not state.ready:
        raise typer.Exit(EngineUnavailable.exit_code)


@app.command(cls=Command)
def logs(
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Keep printing new lines until Ctrl-C.")
    ] = False,
    tail: Annotated[int, typer.Option(help="Number of last lines to show.", min=0)] = 200,
) -> None:
    """Print the log of the container, running or stopped.

    \b
    mineru-batch server logs --tail 50
    mineru-batch server logs --follow | grep -i error
    """
    import anyio

    from mineru_cli.servers.docker.container import print_log
    from mineru_cli.ui.plain_text import Pipe

    pipe = Pipe(sys.stdout, needed=True)

    def write(line: str) -> bool:
        pipe.line(line)
        return not pipe.broken

    anyio.run(print_log, _config(), tail, follow, write)


@app.command(cls=Command)
def wait(
    server_url: UrlOption = None,
    model: ServedModelOption = None,
    api_key: KeyOption = None,
    api_key_file: KeyFileOption = None,
    timeout: Annotated[float, typer.Option(min=0.0, help="Seconds to wait.")] = 600.0,
) -> None:
    """Wait until a server answers a real request; exit with 4 when it does not in time.

    \b
    mineru-batch server wait --server-url http://gpu1:8000 --timeout 900
    """
    import anyio

    from mineru_cli.servers.readiness import wait_until_ready

    key = one_key(api_key, api_key_file)

    def waiting(reason: str) -> None:
        typer.echo(
            f"not ready yet: {visible(reason)}; waiting for {timeout:g} s at most (--timeout)", err=True
        )

    async def run() -> Any:
        url = server_url or (await _status(None, key)).url
        return await wait_until_ready(url, model=model, api_key=key, timeout=timeout, waiting=waiting)

    verdict = anyio.run(run)
    served = visible(verdict.card.model)
    typer.echo(f"{verdict.card.url} serves {served} and answered in {verdict.answer_seconds:.2f} s.")


@app.command(cls=Command)
def embedded(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8000,
    threads: Annotated[int, typer.Option(min=0, help="Cores to use; 0 takes all.")] = 0,
    api_key: Annotated[
        str | None,
        typer.Option(
            "--api-key", help="Ask clients for this key.", envvar="MINERU_BATCH_API_KEY", show_default=False
        ),
    ] = None,
    api_key_file: KeyFileOption = None,
    without_key: Annotated[
        bool, typer.Option("--without-key", help="Listen beyond this machine although there is no key.")
    ] = False,
    sandbox: SandboxOption = "auto",
) -> None:
    """Serve the embedded CPU engine as an OpenAI-compatible server, until Ctrl-C.

    \b
    mineru-batch server embedded --port 8000
    mineru-batch convert ./pdfs --server-url http://127.0.0.1:8000
    """
    from mineru_cli.domain.extras import EMBEDDED_HINT
    from mineru_cli.embedded.config import EmbeddedConfig
    from mineru_cli.embedded.http.server import serve
    from mineru_cli.embedded.process import missing_packages

    if missing := missing_packages():
        raise EngineUnavailable(f"the embedded engine needs {', '.join(missing)}", hint=EMBEDDED_HINT)
    key = one_key(api_key, api_key_file)
    if not (key or without_key):
        _require_local(host, "--host")
    serve(EmbeddedConfig(host=host, port=port, threads=threads, api_key=key, sandbox=sandbox))


def _require_local(address: str, option: str) -> None:
    """A server without a key is for this machine alone."""
    from mineru_cli.domain.exposure import is_local

    if not is_local(address):
        raise UsageError(
            f"{option} {address}: anyone who can reach this machine could use the server, as it has no key",
            hint="set a key with --api-key-file FILE, or keep to 127.0.0.1",
        )


def _config(model: str | None = None, port: int | None = None, api_key: str | None = None) -> DockerConfig:
    from mineru_cli.recipes.profiles.catalogue import server_args
    from mineru_cli.servers.docker.config import DockerConfig

    return DockerConfig(
        model=model,
        model_args=server_args(model) if model else None,
        port=port,
        api_key=api_key,
    )


async def _status(server_url: str | None, api_key: str | None) -> Any:
    from datetime import datetime, timezone

    from mineru_cli.servers.docker.status import container_status, url_status

    if server_url:
        return await url_status(server_url.rstrip("/").removesuffix("/v1"), api_key)
    return await container_status(_config(api_key=api_key), datetime.now(timezone.utc))


_EVENT_NAMES = {"LaunchNote": "Said", "LaunchFailed": "Failed"}
"""Names that scripts know from earlier versions, by class."""


def _print_event(progress: Any) -> None:
    name = type(progress).__name__
    show_json({"event": _EVENT_NAMES.get(name, name), **asdict(progress)}, sys.stdout, indent=None)
