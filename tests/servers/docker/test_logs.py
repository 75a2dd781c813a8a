"""``mineru-batch server logs`` as a program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from mineru_cli.servers.docker.config import DockerConfig
from mineru_cli.servers.docker.launch import up
from tests.servers.docker.engine_double import LINES, EngineDouble, Script

ROOT = Path(__file__).resolve().parents[3]
LOGS = f"exec {sys.executable} -m mineru_cli server logs"


@pytest.fixture
def shell(engine: Callable[..., EngineDouble], config: DockerConfig):
    """A shell beside a running server whose log is longer than a pipe holds."""
    engine(Script([*LINES, *["x" * 400] * 500]))
    anyio.run(lambda: up(config, lambda progress: None, poll=0.05))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COMPOSE_PROJECT_NAME": config.project}

    def start(command: str) -> subprocess.Popen[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(["bash", "-c", command], env=environment, text=True, **pipes)

    return start


def test_the_last_lines_are_printed(shell):
    with shell(f"{LOGS} --tail 2") as child:
        out, errors = child.communicate(timeout=60)
    assert out.splitlines() == ["x" * 400] * 2
    assert (child.returncode, errors) == (0, "")


def test_a_reader_that_leaves_ends_it_quietly(shell):
    with shell(f"set -o pipefail; ({LOGS} --follow --tail 1000) | head -1") as child:
        out, errors = child.communicate(timeout=60)
    assert out.splitlines() == [LINES[0]]
    assert (child.returncode, errors) == (0, "")


def test_ctrl_c_ends_following_without_a_traceback(shell):
    with shell(f"{LOGS} --follow --tail 1") as child:
        child.stdout.readline()
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "Traceback" not in errors
