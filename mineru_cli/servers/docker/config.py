"""Configuration of the server to start: everything else comes from docker-compose.yml and the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = "mineru-batch"


@dataclass(frozen=True, slots=True)
class DockerConfig:
    """None leaves a value to the environment, the ``.env`` file and the defaults of the compose file.

    ``model_args`` are options of ``vllm serve`` that the model needs, ``revision`` is a commit or tag of its
    repository. ``folder`` holds the ``.env`` file, ``stack`` the compose file, ``variables`` more of its
    variables. Times in seconds.
    """

    model: str | None = None
    model_args: str | None = None
    revision: str | None = None
    port: int | None = None
    bind: str | None = None
    api_key: str | None = None
    memory_share: float | None = None
    project: str = PROJECT
    folder: Path = Path()
    stack: Path | None = None
    ready_seconds: float = 1800.0
    check: bool = True
    variables: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The values as environment variables of the compose file."""
        values = {
            "MINERU_MODEL": self.model,
            "VLLM_MODEL_ARGS": self.model_args,
            "MINERU_REVISION": self.revision,
            "MINERU_PORT": self.port,
            "MINERU_BIND": self.bind,
            "MINERU_BATCH_API_KEY": self.api_key,
            "VLLM_GPU_MEMORY_UTILIZATION": self.memory_share,
        }
        variables = {name: str(value) for name, value in values.items() if value is not None}
        return {"COMPOSE_PROJECT_NAME": self.project, **self.variables, **variables}
