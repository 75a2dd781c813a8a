"""vLLM in a container."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from mineru_cli.bench.servers.own_server import VLLM, ServerSetting, Up, compose_variables
from mineru_cli.bench.servers.phases import LAST
from mineru_cli.errors import UsageError
from mineru_cli.recipes.profiles.catalogue import server_args
from mineru_cli.servers.docker.config import DockerConfig
from mineru_cli.servers.docker.launch import docker_server


@dataclass(frozen=True, slots=True)
class DockerServer:
    """vLLM by docker-compose.yml. ``extra`` are the user's own arguments."""

    model: str | None = None
    api_key: str | None = None
    extra: str = ""
    settings: tuple[ServerSetting, ...] = VLLM
    name: str = "docker"

    @asynccontextmanager
    async def started(self, values: Mapping[str, int]) -> AsyncIterator[Up]:
        """See ``OwnServer``. Raises ``UsageError`` if one is running that this bench did not start."""
        async with docker_server(self.config(values), lambda progress: None) as ready:
            if ready.found:
                raise UsageError(
                    "a server is running already", hint="stop it first: mineru-batch server down"
                )
            yield Up(ready.url, (*ready.phases, (LAST, ready.answer_seconds)))

    def config(self, values: Mapping[str, int]) -> DockerConfig:
        """The container that ``convert`` would start for this model, with ``values``."""
        return DockerConfig(
            model=self.model,
            model_args=server_args(self.model) if self.model else None,
            api_key=self.api_key,
            variables=self.as_environment(values),
        )

    def as_environment(self, values: Mapping[str, int]) -> Mapping[str, str]:
        """Lines for ``.env``."""
        return compose_variables(values, self.extra)
