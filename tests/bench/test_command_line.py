"""The real command against the double: files, exit codes, and refusals before anything is measured."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
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
    ("arguments", "message"),
    [
        (["--sweep", "x"], "--sweep"), (["--against", "/no/such.json"], "cannot be read"),
        (["/no/such/folder"], "no/such"), (["--monolith", "/no/such.json"], "cannot be read"),
        (["startup", "--server", "moon"], "moon"), (["--rate", "1", "--sweep", "4"], "no --sweep"),
        (["--pages", "4", "--duration", "4"], "--pages and --duration"), (["--json", "/"], "--json / cannot"),
        (["--scratch", "/no/such"], "--scratch"), (["--save", "/dev/null/x"], "cannot be written"),
        (["--csv", "/dev/stdout"], "cannot be written"), (["--html", "/dev/null"], "cannot be written"),
        (["tune", "--start", "vllm serve x"], "port"),
        (["tune", "--start", "x {port}", "--server-url", "http://a"], "no --server-url"),
    ],
)  # fmt: skip
def test_wrong_usage_is_reported_at_once(program, arguments: list[str], message: str) -> None:
    code, _, err = program("bench", *arguments)
    assert code == 2, err
    assert message in err
    assert "Traceback" not in err


def test_a_bench_that_is_stopped_keeps_what_it_measured(double, tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "mineru_cli", "bench", "--server-url", double.url, "--sweep", "2,4,8", "--pages", "4",
         "--repeats", "9", "--warm-up", "0", "--json", str(file)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if "pages/s" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Cut short: stopped" in out
    found = json.loads(file.read_text())
    assert found["cut_short"] == "stopped"
    assert found["levels"][0]["pages_per_second"] > 0


def test_a_server_that_refuses_everything_ends_it_with_the_reason(double, tmp_path: Path) -> None:
    double.control(faults=[{"kind": "400"}])
    try:
        done = run(
            "--server-url", double.url, "--sweep", "2", "--duration", "60", "--json", tmp_path / "x.json"
        )
    finally:
        double.control(faults=[])
    assert done.returncode == 1
    assert "no page could be read" in done.stderr
    assert not (tmp_path / "x.json").exists()


def test_ctrl_c_ends_another_converter_and_what_it_started(double, tmp_path: Path) -> None:
    command = f"sh -c 'echo $$ > {tmp_path}/pid; sleep 4712; true {{input}}'"
    process = subprocess.Popen(
        [sys.executable, "-m", "mineru_cli", "bench", "--server-url", double.url, "--command", command],
        stderr=subprocess.DEVNULL, cwd=ROOT,
    )  # fmt: skip
    deadline = time.monotonic() + 100
    while not (tmp_path / "pid").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert subprocess.run(["pgrep", "-f", "sleep 4712"], capture_output=True, check=False).stdout == b""


def test_help_of_the_default_and_of_its_neighbours(program) -> None:
    assert "--sweep" in program("bench", "--help")[1]
    assert "--tries" in program("bench", "startup", "--help")[1]
    assert "-o" in program("bench", "tune", "--help")[1]
