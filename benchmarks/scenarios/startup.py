"""How long the command takes to say anything, and to send the first request to a running server."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from benchmarks.bench import Bench, convert_command
from benchmarks.corpus import plain_pdf
from benchmarks.process import measure
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
    return Section("Start-up", rows, [f"Medians of {REPEAT} (5 for the first request), warm page cache."])


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
