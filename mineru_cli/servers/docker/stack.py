"""Our compose file, and the service that it describes for the requested server."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from mineru_cli.errors import EngineUnavailable, SettingsError
from mineru_cli.servers.docker.command import Output, run
from mineru_cli.servers.docker.config import DockerConfig

FILE = "docker-compose.yml"
PLAIN, MINERU = "vllm", "vllm-mineru"
SERVICES = (PLAIN, MINERU)
COMPOSE_HINT = "install the compose plugin: https://docs.docker.com/compose/install/linux/"


@dataclass(frozen=True, slots=True)
class ComposeService:
    """One service of the compose file, variables filled in; the model is split over ``gpus`` GPUs."""

    name: str
    model: str
    image: str
    built: bool
    host: str
    port: int
    memory_share: float
    gpus: int
    api_key: str

    @property
    def url(self) -> str:
        """Its URL on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def stack_folder(config: DockerConfig) -> Path:
    """The folder of the compose file: the given one, the installed package's, or the checkout's root."""
    candidates = (config.stack, Path(__file__).with_name("files"), Path(__file__).resolve().parents[3])
    for folder in candidates:
        if folder is not None and (folder / FILE).is_file():
            return folder
    raise SettingsError(f"{FILE} is not to be found", hint="install mineru-batch again, or run in a checkout")


def compose_program() -> tuple[str, ...]:
    """``docker compose``, or ``docker-compose`` if only that is installed."""
    alone = shutil.which("docker") is None and shutil.which("docker-compose") is not None
    return ("docker-compose",) if alone else ("docker", "compose")


async def compose(config: DockerConfig, *arguments: str) -> tuple[str, ...]:
    """The ``docker compose`` command for our file."""
    folder = await anyio.to_thread.run_sync(stack_folder, config)
    values = await anyio.Path(config.folder / ".env").absolute()
    env_file = ("--env-file", str(values)) if await values.is_file() else ()
    where = ("--file", str(folder / FILE), "--project-directory", str(folder))
    program = await anyio.to_thread.run_sync(compose_program)
    return (*program, "--progress", "json", *where, *env_file, *arguments)


async def service_wanted(config: DockerConfig) -> ComposeService:
    """The service for the configured model; MinerU2.5-Pro by default.

    MinerU2.5 needs vLLM with its logits processor; other models, or ``COMPOSE_PROFILES=gpu``, use stock vLLM.
    Raises ``EngineUnavailable`` if compose is not installed, ``SettingsError`` for values that it rejects.
    """
    enabled = await _ask(config, "config", "--services")
    document = json.loads((await _ask(config, "--profile", "*", "config", "--format", "json")).out)
    services: Mapping[str, Any] = document["services"]
    chosen = _chosen(set(enabled.out.split()) & set(SERVICES), services)
    return _service(chosen, services[chosen])


def _chosen(enabled: Collection[str], services: Mapping[str, Any]) -> str:
    """The single service that the profiles enable, else the one that suits the model."""
    named = next(iter(enabled)) if len(enabled) == 1 else None
    if needs_logits_processor(_model(services[named or MINERU])):
        return MINERU
    return named or PLAIN


def needs_logits_processor(model: str) -> bool:
    """Whether the model is of the MinerU2.5 family."""
    return "mineru2" in model.lower()


async def _ask(config: DockerConfig, *arguments: str) -> Output:
    output = await run(await compose(config, *arguments), environment=config.environment())
    if output.code == 0:
        return output
    if output.code == 127 or "is not a docker command" in output.err or "unknown command" in output.err:
        raise EngineUnavailable("docker compose is not installed", hint=COMPOSE_HINT)
    if "unknown flag" in output.err or "unsupported" in output.err:
        raise EngineUnavailable(f"docker compose is too old: {_message(output)}", hint=COMPOSE_HINT)
    raise SettingsError(
        f"docker compose refuses {FILE}: {_message(output)}", hint="see .env and .env.example"
    )


def _message(output: Output) -> str:
    """Compose's error message, which is JSON with ``--progress json``."""
    try:
        return str(json.loads(output.output)["message"])
    except (ValueError, KeyError, TypeError):
        return output.output


def _service(name: str, document: Mapping[str, Any]) -> ComposeService:
    port = (document.get("ports") or [{}])[0]
    return ComposeService(
        name=name,
        model=_model(document),
        image=str(document["image"]),
        built="build" in document,
        host=str(port.get("host_ip", "")),
        port=int(port.get("published", 8000)),
        memory_share=float(_option(document["command"], "--gpu-memory-utilization") or 0.9),
        gpus=int(_option(document["command"], "--tensor-parallel-size") or 1),
        api_key=str((document.get("environment") or {}).get("VLLM_API_KEY") or ""),
    )


def _model(document: Mapping[str, Any]) -> str:
    """The argument of ``vllm serve``."""
    return str(document["entrypoint"][2])


def _option(command: Sequence[str], name: str) -> str:
    return command[command.index(name) + 1] if name in command[:-1] else ""
