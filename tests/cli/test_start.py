from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import corpus
from tests.vllm_double import Double

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_a_stream_cannot_show_is_shown_escaped(tmp_path: Path, encoding: str):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "mineru_cli", "doctor", "--server-url", "http://127.0.0.1:9"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "\\u2192 " in done.stdout


def test_ctrl_c_while_modules_are_loaded_leaves_no_traceback(tmp_path: Path):
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    command = [sys.executable, "-m", "mineru_cli", "doctor"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")


NOT_FOR_CONVERT = (
    "yaml",
    "mineru_cli.bench",
    "mineru_cli.quality",
    "mineru_cli.rollout",
    "mineru_cli.engine.rebuild",
    "mineru_cli.engine.ray",
    "mineru_cli.output.writer",
    "mineru_cli.servers.docker",
    "mineru_cli.servers.doctor",
    "mineru_cli.settings.file.reading",
    "mineru_cli.store.ledger.archive",
    "mineru_cli.store.objects",
    "mineru_cli.ui.report",
    "mineru_cli.ui.viewer",
)
"""What an ordinary run does not use, and would pay for at every start."""


def test_an_ordinary_convert_loads_only_what_it_uses(tmp_path: Path):
    (tmp_path / "a.pdf").write_bytes(corpus.text_pdf(["A page."]))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with Double(slots=4) as vllm:
        command = [sys.executable, "-X", "importtime", "-m", "mineru_cli", "convert", "a.pdf"]
        command += ["-o", "out", "--server-url", vllm.url, "--workers", "1"]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "import time:" in line}
    assert "mineru_cli.engine.conversion" in loaded
    heavy = [name for name in loaded for one in NOT_FOR_CONVERT if name == one or name.startswith(f"{one}.")]
    assert not heavy
