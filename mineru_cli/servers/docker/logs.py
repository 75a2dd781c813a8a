"""The container's log for a person to read."""

from __future__ import annotations

from collections.abc import Callable

from mineru_cli.errors import EngineUnavailable
from mineru_cli.servers.docker.command import following
from mineru_cli.servers.docker.config import DockerConfig
from mineru_cli.servers.docker.container import find_container


async def print_log(config: DockerConfig, tail: int, follow: bool, write: Callable[[str], bool]) -> None:
    """Give each line to ``write`` while that says yes. Raises ``EngineUnavailable`` without a container."""
    container = await find_container(config)
    if container is None:
        raise EngineUnavailable("there is no container to read", hint="start one: mineru-batch server up")
    more = ("--follow",) if follow else ()
    async with following(("docker", "logs", "--tail", str(tail), *more, container.id)) as lines:
        async for line in lines:
            if isinstance(line, str) and not write(line):
                return
