"""Configuration of the server to start: everything else comes from docker-compose.yml and the environment.

Compose also reads a ``.env`` file: in an untrusted folder it could choose the image and the address.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_NAME = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(\S?)")
_SECRETS = frozenset({"HF_TOKEN", "MINERU_BATCH_API_KEY", "GRAFANA_PASSWORD"})
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def _project() -> str:
    """Compose's own name for it wins: a run must find the server that ``server up`` started."""
    return os.environ.get("COMPOSE_PROJECT_NAME") or "mineru-batch"


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
    project: str = field(default_factory=_project)
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


def describe_env_file(config: DockerConfig) -> str:
    """The ``.env`` file, what it sets, and whether others can read its secrets; empty without one."""
    path = (config.folder / ".env").absolute()
    try:
        text, mode = path.read_text("utf-8", "replace"), path.stat().st_mode
    except OSError:
        return ""
    lines = (_NAME.match(line) for line in text.splitlines())
    names = [line[1] for line in lines if line and line[2]]
    text = f"{path} sets {', '.join(names) or 'nothing'}"
    if _SECRETS.intersection(names) and mode & _FOR_OTHERS:
        text += "; others on this machine can read the secrets in it: chmod 600"
    return text
