"""Selects the GPUs that a run monitors: those of its servers, as far as they can be queried."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from mineru_cli.domain.events import Event
from mineru_cli.engine.target import Target
from mineru_cli.telemetry.gpu import watch_gpus

OURS = frozenset({"localhost", "::1", "0.0.0.0"})  # noqa: S104  compared with, not bound


async def announce_gpus(target: Target, dcgm_url: str | None, announce: Callable[[Event], None]) -> None:
    """Announce gauges until cancelled, or "unavailable" once.

    This machine's GPUs do not concern servers elsewhere, and the embedded engine uses none.
    """
    if target.embedded and not dcgm_url:
        return
    here = not target.embedded and on_this_machine(target.urls, socket.gethostname())
    await watch_gpus(announce, dcgm_url=dcgm_url, here=here)


def on_this_machine(urls: Iterable[str], hostname: str) -> bool:
    """Whether one of these addresses names the machine called ``hostname``, as seen from itself."""
    hosts = [urlsplit(url).hostname or "" for url in urls]
    return any(host in OURS or host.startswith("127.") or host == hostname.lower() for host in hosts)
