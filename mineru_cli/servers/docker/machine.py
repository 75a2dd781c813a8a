"""Facts about this machine, gathered once: Docker and its runtimes, GPUs, disk, the port."""

from __future__ import annotations

import errno
import json
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import anyio

from mineru_cli.servers.docker.command import NOT_FOUND, run
from mineru_cli.servers.docker.nvidia import Driver, read_driver
from mineru_cli.servers.docker.stack import compose_program


@dataclass(frozen=True, slots=True)
class DockerEngine:
    """A Docker engine that answered. ``disk_free`` in bytes, None if the engine is on another machine."""

    version: str
    runtimes: tuple[str, ...]
    devices: tuple[str, ...]
    folder: str
    disk_free: int | None

    @property
    def gives_gpus(self) -> bool:
        """Whether containers can be given NVIDIA GPUs: by the runtime, or by CDI."""
        return any("nvidia" in name for name in (*self.runtimes, *self.devices))


@dataclass(frozen=True, slots=True)
class Machine:
    """Facts without judgement. An empty ``client`` or ``compose`` means that it is not installed."""

    client: str
    compose: str
    engine: DockerEngine | None
    engine_error: str
    driver: Driver


async def look() -> Machine:
    """Query Docker and the NVIDIA driver. Never raises."""
    client = await run(("docker", "--version"))
    composed = await run((*await anyio.to_thread.run_sync(compose_program), "version", "--short"))
    engine, error = await _engine() if client.code == 0 else (None, client.output)
    return Machine(
        client=_version_in(client.out) if client.code == 0 else "",
        compose=composed.out.strip() if composed.code == 0 else "",
        engine=engine,
        engine_error=error,
        driver=await read_driver(),
    )


async def _engine() -> tuple[DockerEngine | None, str]:
    result = await run(("docker", "info", "--format", "{{json .}}"), within=20.0)
    if result.code == NOT_FOUND:
        return None, result.output
    try:
        info: Mapping[str, Any] = json.loads(result.out)
    except ValueError:
        return None, result.output
    problems = info.get("ServerErrors") or []
    if problems or not info.get("ServerVersion"):
        return None, str(problems[0]) if problems else result.output
    folder = str(info.get("DockerRootDir", ""))
    devices = tuple(str(one.get("ID", "")) for one in info.get("DiscoveredDevices") or [])
    free = await anyio.to_thread.run_sync(_disk_free, folder)
    runtimes = tuple(info.get("Runtimes") or {})
    return DockerEngine(str(info["ServerVersion"]), runtimes, devices, folder, free), ""


def _disk_free(folder: str) -> int | None:
    try:
        return shutil.disk_usage(folder).free if folder else None
    except OSError:
        return None  # the engine runs elsewhere


def _version_in(text: str) -> str:
    return text.split("version", 1)[-1].split(",")[0].strip()


async def has_image(image: str) -> bool:
    """Whether the image was already pulled."""
    return (await run(("docker", "image", "inspect", image, "--format", "ok"))).code == 0


async def port_taken(host: str, port: int) -> bool:
    """Whether a process already listens on the port."""

    def taken() -> bool:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
            except OSError as error:  # anything else is for Docker to say: it may do what we may not
                return error.errno == errno.EADDRINUSE
        return False

    return await anyio.to_thread.run_sync(taken)
