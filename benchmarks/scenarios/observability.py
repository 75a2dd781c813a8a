"""What metrics and traces cost: CPU of ``convert`` with them, over that of one without.

Whole commands take turns in one sitting, each in its own order every round, and every ratio is that of two runs
of the same round; a second run without anything shows what the machine's other work does to such a ratio. Because
that is as large as what is measured, the same is also counted from within: the events of one run are handed again to
what folds them, with nothing else at work, and their CPU time is held against that run's.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench, convert_command, simulated
from benchmarks.process import measure
from benchmarks.report import Section
from mineru_cli.domain.codec import decode, encode
from mineru_cli.domain.events import Event, PageFinished, RequestsTraced, RunStarted
from mineru_cli.domain.request import Completion
from mineru_cli.domain.trace_ids import is_sampled, span_id
from mineru_cli.inference.request_trace import Tracing
from mineru_cli.observe.metrics.run_metrics import RunMetrics
from mineru_cli.observe.traces.environment import trace_settings

ROUNDS, SLOTS = 12, 16
SCRAPE_EVERY = 5.0
"""Seconds; three times as often as Prometheus does by default."""

_SAMPLER = "OTEL_TRACES_SAMPLER_ARG"
_NO_TRACES = {name: "" for name in os.environ if name.startswith("OTEL_")}


def run(bench: Bench) -> Section:
    rounds = max(2, round(ROUNDS * bench.scale))
    source, pages = bench.corpus
    with collector() as endpoint, simulated(SLOTS, layout=0, block=0) as double:
        variants = {
            "nothing": partial(_cpu, bench, source, double.url),
            "nothing, once more": partial(_cpu, bench, source, double.url),
            "metrics, served and written": partial(_with_metrics, bench, source, double.url),
            "traces of 10 % of the pages": partial(
                _cpu, bench, source, double.url, env=traced(endpoint, 0.1)
            ),
            "traces of all pages": partial(_cpu, bench, source, double.url, env=traced(endpoint, 1.0)),
        }
        taken = _in_turn(variants, rounds)
        recorded, seconds = _recorded(bench, source, double.url, endpoint)
        within = _within(recorded, seconds, endpoint)
    base = taken["nothing"]
    rows = []
    for name, values in taken.items():
        ratios = sorted(one / other - 1 for one, other in zip(values, base, strict=True))
        rows.append(
            {
                "observed by": name,
                "CPU ms/page": statistics.median(values) / pages * 1000,
                "least": min(values) / pages * 1000,
                "more than nothing": "" if values is base else f"{statistics.median(ratios):+.1%}",
                "quartiles": "" if values is base else _quartiles(ratios),
                "counted from within": within.get(name, ""),
            }
        )
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    notes = [
        f"{pages} pages, {rounds} rounds, one worker, {SLOTS} slots of a server that answers at once.",
        f"CPU is that of the command's whole process tree; medians. Load average at the end: {loads}.",
        f"From within: {len(recorded)} events of one run of {seconds:.1f} s CPU, folded again, the best of 5; for traces",
        "also what workers record and the export to a collector.",
        f"Loading the SDK is not in it: {_loading():.2f} s CPU, once per run.",
    ]
    return Section("What metrics and traces cost", rows, notes)


def _in_turn(variants: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in variants}
    names = list(variants)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            taken[name].append(variants[name]())
        print({name: f"{values[-1]:.2f}" for name, values in taken.items()}, flush=True)
    return taken


def _quartiles(ratios: list[float]) -> str:
    low, _, high = statistics.quantiles(ratios, n=4)
    return f"{low:+.1%} to {high:+.1%}"


def _cpu(bench: Bench, source: Path, url: str, *options: str, env: dict[str, str] | None = None) -> float:
    with bench.output() as output:
        command = convert_command(source, output, url, "--workers", "1", *options)
        done = measure(command, env={**_NO_TRACES, **(env or {})}, memory=False)
    if done.status:
        raise SystemExit(f"mineru-batch ended with {done.status}")
    return done.cpu


def _with_metrics(bench: Bench, source: Path, url: str) -> float:
    port, ended = _free_port(), threading.Event()
    scraping = threading.Thread(target=_scrape, args=(port, ended))
    scraping.start()
    try:
        textfile = str(bench.folder / "run.prom")
        return _cpu(bench, source, url, "--metrics-port", str(port), "--metrics-textfile", textfile)
    finally:
        ended.set()
        scraping.join()


def _scrape(port: int, ended: threading.Event) -> None:
    while not ended.wait(SCRAPE_EVERY):
        with (
            suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply,
        ):
            reply.read()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def traced(endpoint: str, ratio: float) -> dict[str, str]:
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_TRACES_SAMPLER": "traceidratio",
        _SAMPLER: str(ratio),
    }


@contextmanager
def collector() -> Iterator[str]:
    """Takes what is sent and forgets it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


# From within


def _recorded(bench: Bench, source: Path, url: str, endpoint: str) -> tuple[list[tuple[Event, float]], float]:
    """The events of a run with everything traced, and the CPU seconds of one without."""
    seconds = _cpu(bench, source, url)
    log = bench.folder / "events.jsonl"
    with bench.output() as output, log.open("wb") as out:
        command = convert_command(source, output, url, "--workers", "1")
        command[command.index("none")] = "json"
        done = measure(command, env={**_NO_TRACES, **traced(endpoint, 1.0)}, memory=False, stdout=out)
    if done.status:
        raise SystemExit(f"mineru-batch ended with {done.status}")
    lines = log.read_text().splitlines()
    return [(decode(line), float(json.loads(line)["at"])) for line in lines], seconds


def _within(recorded: list[tuple[Event, float]], seconds: float, endpoint: str) -> dict[str, str]:
    plain = [(event, at) for event, at in recorded if not isinstance(event, RequestsTraced)]
    costs = {"metrics, served and written": _best(partial(_fold_metrics, plain))}
    for name, ratio in (("traces of 10 % of the pages", 0.1), ("traces of all pages", 1.0)):
        costs[name] = _best(partial(_fold_traces, recorded, traced(endpoint, ratio), ratio))
    return {name: f"{cost / seconds:.2%}" for name, cost in costs.items()}


def _loading() -> float:
    program = (
        "import time, mineru_cli.engine.run\n"
        "began = time.process_time()\n"
        "from mineru_cli.observe.traces import exporter\n"
        "exporter._make('otlp_proto_http')\n"
        "print(time.process_time() - began)\n"
    )
    command = [sys.executable, "-c", program]
    return min(float(subprocess.check_output(command, text=True)) for _ in range(5))


def _best(work: Callable[[], None]) -> float:
    taken = []
    for _ in range(5):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


def _fold_metrics(recorded: list[tuple[Event, float]]) -> None:
    from prometheus_client import CollectorRegistry, generate_latest

    from mineru_cli.observe.metrics.exporters import Collector

    metrics = RunMetrics("1")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector(metrics))
    next_scrape = recorded[0][1]
    for event, at in recorded:
        metrics(event, at)
        if at >= next_scrape:
            generate_latest(registry)
            next_scrape = at + SCRAPE_EVERY


def _fold_traces(recorded: list[tuple[Event, float]], environ: dict[str, str], ratio: float) -> None:
    from mineru_cli.observe.traces.exporter import exported

    settings = trace_settings(environ)
    assert settings is not None
    run_id = next(event.run for event, _ in recorded if isinstance(event, RunStarted))
    tracing = Tracing(run_id, ratio, wall=time.time, bits=lambda bits: int.from_bytes(os.urandom(8), "big"))
    os.environ.update(environ)  # the SDK reads it
    with exported(settings, environ, lambda text: print(text, flush=True)) as write:
        for event, at in recorded:
            if isinstance(event, PageFinished):
                _record(tracing, event)
            if isinstance(event, RequestsTraced):
                if event.page is None or not is_sampled(span_id(run_id, event.document, event.page), ratio):
                    continue
                decode(encode(event))  # from the worker to the coordinator
            write(event, at)


def _record(tracing: Tracing, page: PageFinished) -> None:
    """What a worker does while it asks about a page."""
    traces = tracing.of_page(page.document, page.page)
    done = Completion("", "stop", 1, 1, 0.1, 1, "http://127.0.0.1:1")
    for _ in range(page.requests):
        with traces.request("text", done.server, resend=0, after="") as sending:
            sending.answered(done)
    traces.event(0)
