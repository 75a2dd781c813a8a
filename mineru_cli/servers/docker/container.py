"""One container as ``docker inspect`` reports it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mineru_cli.errors import EngineUnavailable
from mineru_cli.servers.docker.command import following, run
from mineru_cli.servers.docker.config import DockerConfig
from mineru_cli.servers.docker.stack import SERVICES, ComposeService


@dataclass(frozen=True, slots=True)
class Container:
    """``state`` is Docker's (created, running, restarting, exited, dead), ``health`` its health check's.

    ``started`` and ``finished`` are Docker's time stamps, "" for never.
    """

    id: str
    name: str
    service: str
    image: str
    model: str
    state: str
    health: str
    exit_code: int
    out_of_memory: bool
    restarts: int
    started: str
    finished: str
    error: str
    port: int | None
    host: str

    @property
    def running(self) -> bool:
        """Whether its process runs now."""
        return self.state == "running"

    def address_of(self, service: ComposeService) -> ComposeService:
        """``service`` where this container publishes it: variables may have changed since it was started."""
        return replace(service, host=self.host, port=self.port or service.port)


async def find_container(config: DockerConfig) -> Container | None:
    """Our server's container, a running one first; None if there is none.

    Raises ``EngineUnavailable`` if Docker does not answer: a container may be running all the same.
    """
    labels = ("--filter", f"label=com.docker.compose.project={config.project}")
    found = await run(("docker", "ps", "--all", "--no-trunc", *labels, "--format", "{{json .}}"))
    if found.code != 0:
        raise EngineUnavailable(
            f"Docker cannot be asked for the container: {found.output}", hint="see `mineru-batch doctor`"
        )
    ids = [str(row["ID"]) for row in map(json.loads, found.out.splitlines()) if _is_ours(row)]
    containers = [one for one in [await inspect(id_) for id_ in ids] if one is not None]
    return next((one for one in containers if one.running), containers[0] if containers else None)


def _is_ours(row: Mapping[str, Any]) -> bool:
    labels = str(row.get("Labels", "")).split(",")
    return any(f"com.docker.compose.service={service}" in labels for service in SERVICES)


async def inspect(container: str) -> Container | None:
    """The container's current state; None if it is gone."""
    result = await run(("docker", "inspect", "--type", "container", container))
    try:
        return _read(json.loads(result.out)[0])
    except (ValueError, IndexError, KeyError, TypeError):
        return None


def _read(document: Mapping[str, Any]) -> Container:
    state, config = document["State"], document.get("Config") or {}
    bindings = ((document.get("HostConfig") or {}).get("PortBindings") or {}).get("8000/tcp") or [{}]
    port = str(bindings[0].get("HostPort", ""))
    entrypoint = config.get("Entrypoint") or []
    return Container(
        id=str(document["Id"]),
        name=str(document.get("Name", "")).lstrip("/"),
        service=str((config.get("Labels") or {}).get("com.docker.compose.service", "")),
        image=str(config.get("Image", "")),
        model=str(entrypoint[2]) if len(entrypoint) > 2 else "",
        state=str(state.get("Status", "")),
        health=str((state.get("Health") or {}).get("Status", "")),
        exit_code=int(state.get("ExitCode", 0)),
        out_of_memory=bool(state.get("OOMKilled")),
        restarts=int(document.get("RestartCount", 0)),
        started=_when(state.get("StartedAt")),
        finished=_when(state.get("FinishedAt")),
        error=str(state.get("Error", "")),
        port=int(port) if port.isdigit() else None,
        host=str(bindings[0].get("HostIp", "")),
    )


def _when(stamp: object) -> str:
    return "" if not isinstance(stamp, str) or stamp.startswith("0001-") else stamp


async def print_log(config: DockerConfig, tail: int, follow: bool, write: Callable[[str], bool]) -> None:
    """Pass each line to ``write`` while it returns True. Raises ``EngineUnavailable`` without a container."""
    container = await find_container(config)
    if container is None:
        raise EngineUnavailable("there is no container to read", hint="start one: mineru-batch server up")
    more = ("--follow",) if follow else ()
    async with following(("docker", "logs", "--tail", str(tail), *more, container.id)) as lines:
        async for line in lines:
            if isinstance(line, str) and not write(line):
                return
