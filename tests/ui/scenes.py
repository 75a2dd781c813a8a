"""Runs made of fake events, for tests of what is shown."""

from __future__ import annotations

from collections.abc import Iterator

from mineru_cli.domain import events as ev
from mineru_cli.domain.failure import Failure
from mineru_cli.observe.progress import RunProgress
from mineru_cli.observe.snapshot import Snapshot

BASE = 1_760_000_000.0
HOSTILE = "报告/\x1b[31mred\x1b[0m\n\u202egnp.exe [bold]x[/bold] " + "w" * 300


def busy(
    gpus: int = 4, servers: int = 2, workers: int = 8, seconds: int = 120
) -> Iterator[tuple[float, ev.Event]]:
    """A run in full swing with some of everything."""
    urls = tuple(f"http://gpu-{number}.example.org:8000" for number in range(servers))
    yield (
        BASE,
        ev.RunStarted(
            "./out", urls, "opendatalab/MinerU2.5-Pro", "mineru", "auto", workers, 128, True, False
        ),
    )
    yield BASE, ev.DiscoveryProgress(4000, 10**9, False)
    for worker in range(workers):
        yield BASE, ev.WorkerStarted(worker, 4000 + worker, 0.3)
    for second in range(seconds):
        at = BASE + second
        name = f"{HOSTILE}/{second}"
        yield at, ev.DocumentStarted(name, 4, 1, second % workers)
        yield at, ev.PageFinished(name, 1, second % workers, 2.0, 20, 0, 21, 0)
        yield at, ev.PageFailed(name, 2, second % workers, Failure("page-timeout", HOSTILE))
        if second % 2:
            yield at, ev.DocumentFinished(name, "partial", 4, 1, 5.0)
        yield at, ev.RequestRetried(urls[0], "server-fault", 1, 0.5, 0)
        for worker in range(workers):
            yield at, ev.WorkerGauge(worker, 2, 3, 2, 16, 16, 130 << 20, 1.0)
        for url in urls:
            yield (
                at,
                ev.ServerGauge(url, 64.0, 5.0, 0.71, second * 900.0, 0.0, 0.0, second * 0.4, second * 1.0),
            )
        for gpu in range(gpus):
            yield at, ev.GpuGauge(f"gpu {gpu}", "SM active (DCGM)", 0.9, 61 << 30, 80 << 30, 340.0, 64.0)
    yield BASE + seconds, ev.Notice("warning", HOSTILE)
    yield BASE + seconds, ev.WorkerStopped(0, 4000, "crashed", "SIGSEGV")


def after(happenings: Iterator[tuple[float, ev.Event]]) -> Snapshot:
    """The state at the end of a scene."""
    progress, at = RunProgress(), BASE
    for at, event in happenings:
        progress.apply(event, at)
    return progress.snapshot(at)
