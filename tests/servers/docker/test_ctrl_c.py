"""``mineru-batch server up`` as a program, and Ctrl-C in the middle of a start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.docker.engine_double import LINES, MODEL, EngineDouble, Script

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_in_a_start_leaves_no_container_and_says_so(
    engine: Callable[..., EngineDouble], tmp_path: Path, number: signal.Signals
):
    double = engine(Script(LINES[:3] * 500, pause=0.05))
    child = subprocess.Popen(
        [sys.executable, "-m", "mineru_cli", "server", "up", "--json", "--no-check", "--port", "18111",
         "--model", MODEL],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert child.stdout is not None
    for line in child.stdout:
        if json.loads(line)["event"] == "PhaseBegan" and json.loads(line)["phase"] == "load":
            child.send_signal(number)
            break
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 130, errors
    assert "the container was taken down" in errors
    assert double.containers == {}
