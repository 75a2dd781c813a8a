"""The real command against the double: files, exit codes, and refusals before anything is measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from vllm_double import DoubleProcess

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def double():
    with DoubleProcess("--slots", "8", "--hash", "crc", "--blocks", "3") as running:
        yield running


def run(*arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mineru_cli", "bench", *map(str, arguments)],
        capture_output=True, text=True, cwd=ROOT, timeout=100, check=False,
        env={**os.environ, "COLUMNS": "100", **environ},
    )  # fmt: skip


def test_a_bench_writes_its_files_and_compares_with_itself(double, tmp_path: Path) -> None:
    files = {name: tmp_path / f"bench.{name}" for name in ("json", "csv", "html")}
    options = [
        "--sweep",
        "2,4",
        "--pages",
        "6",
        "--repeats",
        "1",
        "--warm-up",
        "0",
        "--server-url",
        double.url,
    ]
    done = run(*options, *(part for name, path in files.items() for part in (f"--{name}", path)))
    assert done.returncode == 0, done.stderr
    found = json.loads(files["json"].read_text())
    assert [level["concurrency"] for level in found["levels"]] == [2, 4]
    assert all(level["errors"] == 0 and level["pages_per_second"] > 0 for level in found["levels"])
    assert found["knee"] is None
    assert found["fingerprint"]["model"] == "mineru"
    assert "pages/s" in done.stdout
    assert len(files["csv"].read_text().splitlines()) == 3
    assert "<svg" in files["html"].read_text()
    again = run(*options, "--sweep", "4", "--against", files["json"])
    assert again.returncode == 0, again.stderr
    assert "no difference shown" in again.stdout
    other = run(*options, "--against", files["json"], "--seed", "2", "--workers", "1")
    assert other.returncode == 3
    assert "corpus" in other.stderr
    assert "settings.workers" in other.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--sweep", "x"], "--sweep"), (["--against", "/no/such.json"], "cannot be read"),
        (["/no/such/folder"], "no/such"), (["--monolith", "/no/such.json"], "cannot be read"),
        (["startup", "--server", "moon"], "moon"), (["--rate", "1", "--sweep", "4"], "no --sweep"),
        (["--pages", "4", "--duration", "4"], "--pages and --duration"), (["--json", "/"], "--json / cannot"),
        (["--scratch", "/no/such"], "--scratch"), (["--save", "/dev/null/x"], "cannot be written"),
        (["tune", "--start", "vllm serve x"], "port"),
        (["tune", "--start", "x {port}", "--server-url", "http://a"], "no --server-url"),
    ],
)  # fmt: skip
def test_wrong_usage_is_told_at_once(arguments: list[str], told: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_help_of_the_default_and_of_its_neighbours() -> None:
    assert "--sweep" in run("--help").stdout
    assert "--tries" in run("startup", "--help").stdout
    assert "-o" in run("tune", "--help").stdout
