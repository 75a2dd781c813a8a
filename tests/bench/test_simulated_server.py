"""The whole bench against a server of known capacity. Minutes each.

``benchmarks/scenarios/change.py`` repeats what is planted here twenty times each.
"""

from __future__ import annotations

import time
from itertools import cycle
from pathlib import Path

import anyio
import pytest
from corpus import prose, text_pdf
from vllm_double import Double, DoubleProcess

from mineru_cli.bench.corpus.documents import Corpus, FolderCorpus, SyntheticCorpus
from mineru_cli.bench.plan import Plan
from mineru_cli.bench.regression import compare, read_saved
from mineru_cli.bench.reports.json import json_report
from mineru_cli.bench.result import BenchResult
from mineru_cli.bench.whole import run_bench
from mineru_cli.settings import Settings
from mineru_cli.stats.descriptive import percentile

BLOCKS = 6
REQUESTS_PER_PAGE = BLOCKS + 1
READING = 0.5
"""Seconds between a document's being due and its request: opening and reading it, on a machine with other work."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def double(slots: int, seconds: float, blocks: int = BLOCKS) -> DoubleProcess:
    times = ("--layout-seconds", str(seconds), "--block-seconds", str(seconds))
    return DoubleProcess("--slots", str(slots), *times, "--hash", "crc", "--blocks", str(blocks))


def bench(url: str, corpus: Corpus | None = None, *, recipe: str = "auto", **how) -> BenchResult:
    plan = Plan(**{"warm_up_seconds": 0.0, "reset": False, "repeats": 1, **how})
    settings = Settings(server_url=(url,), server_wait=30, recipe=recipe, workers=1)
    # One loop a bench, as the command does.
    return anyio.run(run_bench, settings, corpus or SyntheticCorpus(), plan, lambda progress: None)


@pytest.fixture(autouse=True)
def no_blocking_calls() -> None:
    """Off: times are measured here."""


@pytest.fixture(autouse=True)
def engine_files() -> None:
    """Nothing to allow."""


@pytest.mark.parametrize(
    ("slots", "seconds", "levels"),
    [
        (8, 0.3, (1, 3, 6, 12, 24)),
        (32, 0.8, (5, 10, 20, 50, 100)),
        (100, 2.4, (16, 48, 80, 160, 320)),
    ],
)
def test_the_knee_is_within_a_tenth_of_the_truth(slots: int, seconds: float, levels: tuple[int, ...]) -> None:
    with double(slots, seconds) as server:
        found = bench(server.url, levels=levels, seconds=20.0)
    told = [(level.concurrency, round(level.pages_per_second, 2)) for level in found.levels]
    knee = found.knee.knee
    print(f"{slots} slots: {told}, {knee}")
    assert knee is not None, told
    assert knee.concurrency == pytest.approx(slots, rel=0.1), told
    assert knee.pages_per_second == pytest.approx(slots / seconds / REQUESTS_PER_PAGE, rel=0.1), told
    for run in (run for level in found.levels for run in level.runs):
        # The server's own count is between the last looks inside the window: up to a second less of it.
        counted = sum(run.server.finished.values()) / run.best.seconds
        assert run.best.requests_per_second == pytest.approx(counted, rel=0.08)
        assert run.pages_per_second == pytest.approx(run.best.requests_per_second / REQUESTS_PER_PAGE)


def test_a_planted_slowdown_is_worse_and_a_rerun_is_not_a_difference(tmp_path: Path) -> None:
    path = tmp_path / "before.json"
    how = {"levels": (8,), "repeats": 3, "seconds": 4.0}
    with double(4, 0.25, 3) as server:
        path.write_text(json_report(bench(server.url, **how), targets=[]))
        again = compare(read_saved(path), bench(server.url, **how))
    with double(4, 0.25 * 1.2, 3) as server:
        slower = compare(read_saved(path), bench(server.url, **how))
    assert again.throughput.word == "no difference shown"
    assert slower.throughput.word == "worse"
    assert slower.regressed(0.05)


class Slow:
    """Times by turns, one request a page, and what the server's own clock says of each."""

    TIMES = (0.4, 0.4, 1.4, 0.4, 0.8, 0.4, 3.2, 0.4, 0.8, 0.4)

    def __init__(self, double: Double) -> None:
        self._serve = double.server.slots.serve
        self._times = cycle(self.TIMES)
        self.took: list[float] = []
        double.server.slots.serve = self

    async def __call__(self, seconds: float) -> None:
        began = time.monotonic()
        await self._serve(next(self._times))
        self.took.append(time.monotonic() - began)


def test_percentiles_and_goodput_are_what_the_server_saw(tmp_path: Path) -> None:
    """Documents of a page come by chance, none waits: then the client's page is the server's request."""
    for number in range(5):
        (tmp_path / f"{number}.pdf").write_bytes(text_pdf([prose(f"d{number}", 0)]))
    corpus, slo = FolderCorpus.of([str(tmp_path)], output=tmp_path / "out"), 2.0
    with Double(slots=256) as server:
        slow = Slow(server)
        found = bench(
            server.url, corpus, recipe="markdown", levels=(64,), rate=5.0, seconds=30.0, slo=slo
        )  # fmt: skip
        stats = server.stats()
    run = found.levels[0].runs[0]
    assert run.totals.pages == run.totals.requests == len(slow.took) == stats["answered"]
    assert run.totals.documents == run.totals.pages
    assert run.steady.pages > 100
    for share, figure in (
        (0.5, run.page_seconds.p50),
        (0.95, run.page_seconds.p95),
        (0.99, run.page_seconds.p99),
    ):
        assert percentile(slow.took, share) <= figure <= percentile(slow.took, share) + READING
    good = sum(seconds <= slo for seconds in slow.took) / len(slow.took)
    assert run.steady.good_pages_per_second / run.steady.pages_per_second == pytest.approx(good, abs=0.04)
    assert run.pages_per_second == pytest.approx(5.0, rel=0.25), "chance of a Poisson process, seeded"
