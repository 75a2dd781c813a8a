"""From what was recorded to figures, on recordings made up so that the truth is known."""

import pytest

from mineru_cli.bench.measure.compute import compute_metrics
from mineru_cli.bench.measure.recording import Recording
from mineru_cli.bench.measure.window import Window
from mineru_cli.domain.events import (
    DocumentFinished,
    PageFailed,
    PageFinished,
    RunStarted,
    WorkerGauge,
)
from mineru_cli.domain.failure import Failure

SLOTS, SECONDS, REQUESTS, TURN = 40, 2.0, 8, 16.0
"""A server of 20 requests/s; forty pages of eight requests begin at once and end at once, 16 s later."""

TRUTH = SLOTS / SECONDS / REQUESTS


def bunches(*, counted: bool, failed: int = 0) -> Recording:
    recording = Recording()
    recording(RunStarted("out", (), "m", "mineru", "model", 1, SLOTS, False, False), 0.0)
    for bunch in range(1, 6):
        for page in range(SLOTS):
            at = TURN * bunch + page * 0.001
            if page < failed:
                error = Failure("page-not-recognised", "nothing readable")
                recording(PageFailed("d", page, 0, error, REQUESTS + 1, 1), at)
            else:
                recording(PageFinished("d", page, 0, TURN, 1, 0, REQUESTS + 1, 1, 0, 70, 30), at)
    for look in range(int(TURN * 5) * 2):
        answered = int(look / 2 / SECONDS * SLOTS) if counted else 0
        recording(WorkerGauge(0, 1, 0, 0, SLOTS, SLOTS, 1, look * 0.01, answered), look / 2)
    return recording


@pytest.mark.parametrize("begin", [17.0, 23.0, 31.0, 39.0])
def test_pages_that_end_in_bunches_do_not_show_in_the_rate(begin: float) -> None:
    window = Window(begin, begin + 20.0)
    found = compute_metrics(bunches(counted=True), window, concurrency=SLOTS)
    assert found.pages_per_second == pytest.approx(TRUTH, rel=0.02)
    assert found.best.prompt_tokens_per_second == pytest.approx(70 * TRUTH, rel=0.02)
    assert found.steady.pages in (SLOTS, 2 * SLOTS), "the plain count, which is off by a third"


def test_lost_pages_took_their_share_of_the_requests() -> None:
    found = compute_metrics(bunches(counted=True, failed=10), Window(17.0, 37.0), concurrency=SLOTS)
    assert found.pages_per_second == pytest.approx(TRUTH * 30 / 40, rel=0.02)
    assert found.errors == {"page-not-recognised": 50}


def test_without_counts_the_pages_have_to_do() -> None:
    found = compute_metrics(bunches(counted=False), Window(17.0, 49.0), concurrency=SLOTS)
    assert found.pages_per_second == pytest.approx(TRUTH, rel=0.5)


def test_a_recording_of_nothing_has_figures_too() -> None:
    found = compute_metrics(Recording(), None, concurrency=4)
    assert found.pages_per_second == 0.0
    assert found.steady is None
    assert found.page_seconds is None


def test_documents_count_from_when_they_were_due() -> None:
    recording = bunches(counted=True)
    recording.arrivals["d"] = 10.0
    recording(DocumentFinished("d", "done", SLOTS, 0, 3.0), 30.0)
    found = compute_metrics(recording, Window(17.0, 37.0), concurrency=SLOTS, rate=1.0)
    assert found.document_seconds.p50 == pytest.approx(20.0)
