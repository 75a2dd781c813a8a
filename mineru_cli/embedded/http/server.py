"""Serving: uvicorn on a bound socket, and one line on stdout when connections are accepted."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn

from mineru_cli.embedded.config import EmbeddedConfig
from mineru_cli.embedded.engine import check, cores
from mineru_cli.embedded.http.app import EngineService, create_app
from mineru_cli.errors import EngineUnavailable, SettingsError
from mineru_cli.isolation.places import NULL, PROCESSORS, interpreter, system
from mineru_cli.isolation.sandbox import Allowed
from mineru_cli.isolation.sandbox_mode import check_sandbox, close_sandbox

BACKLOG = 2_048
KEEP_ALIVE = 75

_MACHINE = (
    *PROCESSORS,
    *map(Path, ("/proc/meminfo", "/sys/bus", "/sys/class", "/sys/devices", "/sys/fs/cgroup")),
)
"""Folders where the runtimes read facts about devices, cores, caches and memory."""


class _Announcing(uvicorn.Server):
    """A uvicorn server that announces when it accepts connections."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def main_loop(self) -> None:
        # Not at the end of startup(): older uvicorn skips its shutdown if a signal arrives during startup().
        self._ready()
        await super().main_loop()


def serve(config: EmbeddedConfig, announce: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then finish running requests within ``config.grace`` seconds.

    ``announce`` gets one line of JSON (``url``, ``pid``, ``model``) when connections are accepted; it is
    printed on stdout by default. Raises EngineUnavailable when models are missing or cannot be loaded,
    SettingsError when the address cannot be bound, or a sandbox is required and not available. The
    restrictions of ``config.sandbox`` remain on the calling process.
    """
    check_sandbox(config.sandbox)
    check(config)
    listener = _bound(config)
    if config.sandbox != "off":
        close_sandbox(config.sandbox, allowed(config), process="the embedded engine")
    host, port = listener.getsockname()[:2]
    line = json.dumps({"url": f"http://{_in_url(host)}:{port}", "pid": os.getpid(), "model": config.model})
    write = announce or _print
    service = EngineService(config, cores(config), on_failure=lambda: setattr(server, "should_exit", True))
    server = _Announcing(
        uvicorn.Config(
            create_app(service),
            log_level="warning",
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=max(1, round(config.grace)),
            backlog=BACKLOG,
        ),
        lambda: write(line),
    )
    with listener:
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            if not server.should_exit:
                raise  # sent before uvicorn installed its signal handlers; it re-raises the later ones itself
    if service.failure is not None:
        raise EngineUnavailable(f"the models cannot be loaded: {service.failure}") from service.failure


def allowed(config: EmbeddedConfig) -> Allowed:
    """Read access to its packages with their models, and to the folder of a recogniser's weights.

    It may not write files or open connections; its port is bound before.
    """
    weights = [config.recogniser_folder] if config.recogniser_folder else []
    return Allowed((*weights, *interpreter(), *system(), *_MACHINE), (NULL,))


def _bound(config: EmbeddedConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
    except (OSError, OverflowError) as error:
        listener.close()
        why = getattr(error, "strerror", None) or error
        raise SettingsError(
            f"cannot listen on {config.host} port {config.port}: {why}",
            hint="choose another --port, or 0 for a free one; --host is an address of this machine",
        ) from error
    return listener


def _in_url(host: str) -> str:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"[{reachable}]" if ":" in reachable else reachable


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
