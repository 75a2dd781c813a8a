"""One level against the double: what is reckoned must be what the server itself counted."""

from __future__ import annotations

import urllib.request
from dataclasses import replace
from pathlib import Path

import anyio
import psutil
import pytest
from vllm_double import Double, DoubleProcess, reply_to

from mineru_cli.bench.corpus.documents import FolderCorpus, SyntheticCorpus
from mineru_cli.bench.measure.level import Bench, measure
from mineru_cli.bench.plan import OfferedLoad
from mineru_cli.errors import MeasurementFailed
from mineru_cli.settings import Settings
from mineru_cli.telemetry.series import MetricsPage

PROOF_TOKENS = len(reply_to("", "0" * 16)) // 4


@pytest.fixture(scope="module")
def double():
    with DoubleProcess("--slots", "8", "--hash", "crc", "--blocks", "3") as running:
        yield running


def bench(double, corpus=None) -> Bench:
    settings = Settings(server_url=(double.url,), workers=1, server_wait=20)
    return Bench(settings, corpus or SyntheticCorpus())


def counted(double, name: str) -> float:
    with urllib.request.urlopen(f"{double.url}/metrics") as page:
        return MetricsPage.of(page.read().decode()).total(name)


@pytest.mark.anyio
async def test_pages_requests_and_tokens_are_what_the_server_counted(double) -> None:
    double.control(reset_stats=True)
    before = counted(double, "generation_tokens_total")
    figures = await measure(bench(double), OfferedLoad(4, pages=8), 1)
    stats = double.stats()
    totals = figures.totals
    proofs = stats["by_kind"].get("page", 0)  # a run's first look at the server is no page's request
    written = counted(double, "generation_tokens_total") - before - proofs * PROOF_TOKENS
    assert totals.requests == stats["answered"] - proofs == stats["requests"] - proofs
    assert totals.pages == stats["by_kind"]["layout"]
    assert totals.prompt_tokens == 1398 * (stats["answered"] - proofs)
    assert totals.completion_tokens == written
    assert totals.failed_pages == 0
    assert figures.errors == {}
    assert 8 <= figures.steady.pages < figures.whole.pages  # it looks every 50 ms: some more end meanwhile
    assert len(figures.page_times) == figures.steady.pages
    assert figures.best.good_pages_per_second == figures.pages_per_second
    assert figures.client.gpu_drivers_mapped == 0
    assert figures.client.cpu_seconds_per_page > 0
    assert figures.gpu.utilisation is None
    assert figures.page_seconds.p50 == pytest.approx(
        sorted(figures.page_times)[len(figures.page_times) // 2], rel=0.5
    )


@pytest.mark.anyio
async def test_a_window_is_stretched_where_requests_are_slow_and_answered_together() -> None:
    """Four requests at a time, each 0.6 s: a window of half a second would see four pages or none."""
    with Double(slots=4, block_seconds=0.6) as server:
        settings = Settings(server_url=(server.url,), workers=1, server_wait=20, recipe="markdown")
        figures = await measure(Bench(settings, SyntheticCorpus()), OfferedLoad(4, seconds=0.5), 8)
    begin, end = figures.window
    assert end - begin >= 1.8
    assert 1 < figures.pages_per_second < 4 / 0.6 * 1.25, "what the slots allow, or less on a loaded machine"


@pytest.mark.anyio
async def test_goodput_leaves_out_truncated_pages_and_says_why(double) -> None:
    double.control(reset_stats=True, faults=[{"kind": "length", "p": 0.5, "match": "block"}], seed=3)
    try:
        figures = await measure(bench(double), OfferedLoad(4, pages=8), 2)
    finally:
        double.control(faults=[])
    assert 0 <= figures.best.good_pages_per_second < figures.pages_per_second
    assert double.stats()["finished"]["length"] > 0


@pytest.mark.anyio
async def test_failed_requests_are_retried_and_counted_by_class(double) -> None:
    double.control(reset_stats=True, faults=[{"kind": "500", "count": 3, "match": "layout"}])
    figures = await measure(bench(double), OfferedLoad(4, pages=8), 3)
    assert figures.retries == {"server-fault": 3}
    stats = double.stats()
    assert figures.totals.requests == stats["requests"] - stats["by_kind"].get("page", 0)


@pytest.mark.anyio
async def test_an_open_loop_counts_latency_from_when_a_document_was_due(double) -> None:
    figures = await measure(bench(double), OfferedLoad(64, pages=6, rate=20.0), 4)
    assert figures.totals.pages >= 6
    assert figures.whole.pages_per_second > 0
    # Three pages per document come due at once; the last of them cannot be quicker than the first.
    assert figures.page_seconds.p95 >= figures.page_seconds.p50


@pytest.mark.anyio
async def test_it_can_be_cancelled_and_leaves_no_worker_behind(double, tmp_path: Path) -> None:
    with anyio.move_on_after(2.0) as scope:
        await measure(replace(bench(double), scratch=tmp_path), OfferedLoad(4, pages=10_000), 5)
    assert scope.cancelled_caught
    assert list(tmp_path.iterdir()) == []
    assert not [child for child in psutil.Process().children() if "worker" in " ".join(child.cmdline())]


@pytest.mark.anyio
async def test_a_server_that_rejects_every_page_is_reported_after_a_few(double) -> None:
    double.control(reset_stats=True, faults=[{"kind": "400"}])
    try:
        with pytest.raises(MeasurementFailed, match=r"no page could be read.*image"):
            await measure(bench(double), OfferedLoad(4, pages=10_000), 6)
    finally:
        double.control(faults=[])
    assert double.stats()["requests"] < 200


@pytest.fixture
def no_documents(tmp_path: Path) -> FolderCorpus:
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / name).write_bytes(b"no PDF")
    return FolderCorpus.of([str(tmp_path)], output=tmp_path / "out")


@pytest.mark.anyio
async def test_a_corpus_without_readable_documents_fails_after_a_few(
    double, no_documents: FolderCorpus
) -> None:
    with pytest.raises(MeasurementFailed, match="no page could be read"):
        await measure(bench(double, no_documents), OfferedLoad(4, pages=10_000), 7)
