"""A server in a container for the duration of a run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from mineru_cli.servers.docker.config import DockerConfig
from mineru_cli.servers.docker.launch import down, up
from mineru_cli.servers.docker.progress import Announce, Ready


@asynccontextmanager
async def docker_server(
    config: DockerConfig, announce: Announce, *, keep: bool = False
) -> AsyncIterator[Ready]:
    """The running server. One that this call started is stopped on exit, unless ``keep``.

    A server that was already running is used and left running. Raises what ``up`` raises.
    """
    ready = await up(config, announce, keep=keep)
    try:
        yield ready
    finally:
        if not (ready.found or keep):
            with anyio.CancelScope(shield=True):
                await down(config)
