"""Status of the server: container, model, load, GPUs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mineru_cli.errors import ServerError
from mineru_cli.inference.probe import ServerCard, probing
from mineru_cli.masking import without_login
from mineru_cli.servers.docker.config import DockerConfig
from mineru_cli.servers.docker.container import Container, find_container
from mineru_cli.servers.docker.stack import service_wanted
from mineru_cli.telemetry.vllm import ServerLoad, read_load


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """``uptime`` in seconds. ``error``: why ``card`` is missing; ``load`` is None without metrics."""

    url: str
    container: Container | None
    card: ServerCard | None
    load: ServerLoad | None
    uptime: float | None
    error: str = ""

    @property
    def ready(self) -> bool:
        """Whether it answers requests."""
        return self.card is not None


async def container_status(config: DockerConfig, now: datetime) -> ServerStatus:
    """Status of the container started by `server up`. ``now`` is timezone-aware."""
    container = await find_container(config)
    service = await service_wanted(config)
    if container is None or not container.running:
        return ServerStatus(service.url, container, None, None, None, _not_running(container))
    url = container.address_of(service).url
    return await _ask(url, service.api_key or config.api_key, container, _uptime(container, now))


def _not_running(container: Container | None) -> str:
    if container is None or container.state == "created":
        return "no server is running (mineru-batch server up starts one)"
    return f"it ended with code {container.exit_code} (mineru-batch server logs says why)"


async def url_status(url: str, api_key: str | None) -> ServerStatus:
    """Status of any server by URL."""
    return await _ask(url, api_key, None, None)


async def _ask(
    url: str, api_key: str | None, container: Container | None, uptime: float | None
) -> ServerStatus:
    shown = without_login(url)
    try:
        async with probing(url, api_key=api_key) as server:
            card = await server.card()
            return ServerStatus(shown, container, card, read_load(await server.metrics()), uptime)
    except ServerError as error:
        return ServerStatus(shown, container, None, None, uptime, error.message)


def _uptime(container: Container, now: datetime) -> float | None:
    """Docker's stamps have nanoseconds, which ``fromisoformat`` of Python 3.10 refuses."""
    try:
        started = datetime.fromisoformat(container.started[:19] + "+00:00")
    except ValueError:
        return None
    return max(0.0, (now - started).total_seconds())
