"""How long the command takes to say anything, to be ready, and to send the first request to a running server."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.bench import Bench, convert_command
from benchmarks.corpus import plain_pdf
from benchmarks.process import family, measure
from benchmarks.report import Section
from tests.vllm_double import Double

REPEAT = 15


def run(bench: Bench) -> Section:
    python = [sys.executable]
    commands = {
        "python -c pass": [*python, "-c", "pass"],
        "mineru-batch --version": [*python, "-m", "mineru_cli", "--version"],
        "mineru-batch --help": [*python, "-m", "mineru_cli", "--help"],
        "mineru-batch convert --help": [*python, "-m", "mineru_cli", "convert", "--help"],
    }
    for command in commands.values():
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # byte code, page cache
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(REPEAT):  # in turn: what else the machine does hits all alike
        for name, command in commands.items():
            result = measure(command, memory=False)
            taken[name].append((result.seconds, result.cpu))
    rows = []
    base = [statistics.median(column) for column in zip(*taken["python -c pass"], strict=True)]
    for name, results in taken.items():
        wall, cpu = (statistics.median(column) for column in zip(*results, strict=True))
        rows.append({"command": name, "ms": wall * 1000, "CPU ms": cpu * 1000, "x python": wall / base[0]})
    first = statistics.median(_first_request(bench, number) for number in range(5))
    rows.append({"command": "convert: start to first request", "ms": first * 1000})
    ready = [_ready(bench, number) for number in range(5)]
    wall, cpu = (statistics.median(column) for column in zip(*ready, strict=True))
    rows.append({"command": "convert: start to ready (/metrics)", "ms": wall * 1000, "CPU ms": cpu * 1000})
    note = f"Medians of {REPEAT} (5 for the first request and for ready), warm page cache."
    return Section("Start-up", rows, [note])


def _first_request(bench: Bench, number: int) -> float:
    source = bench.folder / "one.pdf"
    source.write_bytes(plain_pdf(1))
    with Double(hash="crc", blocks=1) as double:
        started = time.monotonic()
        command = convert_command(source, bench.folder / f"first-{number}", double.url)
        process = subprocess.Popen(command)
        while not double.server.counts.by_kind["layout"]:  # what the run asks before is no page's request
            time.sleep(0.001)
        seconds = time.monotonic() - started
        process.wait()
    return seconds


def _ready(bench: Bench, number: int) -> tuple[float, float]:
    """Seconds, and CPU seconds of all its processes, until the readiness probe of a pod gets its answer.

    No model server runs: a pod is ready while it waits for one.
    """
    source = bench.folder / "one.pdf"
    source.write_bytes(plain_pdf(1))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ("--metrics-port", str(port), "--workers", "2", "--server-wait", "60")
    started = time.monotonic()
    process = subprocess.Popen(
        convert_command(source, bench.folder / f"ready-{number}", "http://127.0.0.1:9", *options),
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            time.sleep(0.005)
        return time.monotonic() - started, sum(map(_cpu_seconds, family(process.pid)))
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process so far, and of its children that ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
