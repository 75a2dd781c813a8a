"""A process that may open next to nothing says so, in every command."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from mineru_cli.engine.process import FEWEST
from tests import corpus
from tests.vllm_double import Double


def run(limit: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = ["sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh", sys.executable, "-m", "mineru_cli"]
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, timeout=100)


@pytest.mark.parametrize("limit", [10, 16, 24, FEWEST - 1])
def test_too_few_for_a_run_is_a_clear_error(tmp_path: Path, limit: int):
    (tmp_path / "a.pdf").write_bytes(corpus.text_pdf(["A page."]))
    done = run(
        limit, "convert", tmp_path / "a.pdf", "-o", tmp_path / "out", "--server-url", "http://127.0.0.1:1"
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: too many open files: this process may have {limit} at once")
    assert "Traceback" not in done.stderr


def test_the_fewest_are_enough_for_one_worker(tmp_path: Path):
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] > FEWEST
    (tmp_path / "a.pdf").write_bytes(corpus.text_pdf(["A page."]))
    with Double(slots=4) as double:
        done = run(
            FEWEST, "convert", tmp_path / "a.pdf", "-o", tmp_path / "out", "--server-url", double.url,
            "--workers", 1, "--progress", "none",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
