from __future__ import annotations

import random
import sys
from typing import get_args

import pytest

from mineru_cli.domain import events as ev
from mineru_cli.domain.failure import Failure
from mineru_cli.observe.document_counter import FAILURES_KEPT
from mineru_cli.observe.progress import RunProgress

STARTED = ev.RunStarted("out", ("http://a",), "MinerU", "mineru", "auto", 2, 8, False, False)
SLOW = Failure("page-timeout", "slow", "Raise --page-timeout.")


def fold(*happenings, at=100.0, step=1.0):
    progress = RunProgress()
    for event in happenings:
        progress.apply(event, at)
        at += step
    return progress


def page(document, number, worker=0, **more):
    return ev.PageFinished(document, number, worker, 1.0, 5, 0, 3, 0, **more)


def gauge(worker, in_flight, limit=8, prepared=0, queued=0, units=1):
    return ev.WorkerGauge(worker, units, prepared, queued, in_flight, limit, 100 << 20, 1.0)


def test_every_event_is_folded():
    # The views count pages, not requests, and requests' traces are for tracing.
    assert RunProgress().kinds == set(get_args(ev.Event)) - {ev.RequestFinished, ev.RequestsTraced}


def test_before_a_server_is_found_nothing_is_promised():
    before = fold(ev.Notice("info", "no server given")).snapshot(101)
    assert before.verdict.why == "A server is looked for, or started."
    assert before.eta is None
    assert fold(STARTED).snapshot(101).verdict.why == "Workers start and open the first documents."


def test_a_server_that_never_answered_is_counted_down():
    progress = fold(ev.ServerAwaited(("http://a",), "http://a: connection refused", 10.0, 60.0))
    first, later = progress.snapshot(100).verdict, progress.snapshot(125).verdict
    assert first.kind == later.kind == "waiting for the server"
    assert "connection refused; giving up in 50 s (--server-wait)" in first.why
    assert "giving up in 25 s" in later.why
    progress.apply(STARTED, 130)
    assert progress.snapshot(130).verdict.kind == "starting"


def test_counts_of_a_small_run():
    state = fold(
        STARTED,
        ev.DiscoveryProgress(4, 1000, True),
        ev.DocumentSkipped("old", 7),
        ev.DocumentStarted("a", 2, 0, 0),
        page("a", 0),
        page("a", 1),
        ev.DocumentFinished("a", "done", 2, 0, 2.0),
        ev.DocumentStarted("b", 3, 1, 1),
        page("b", 1),
        ev.PageFailed("b", 2, 1, SLOW, requests=4),
        ev.DocumentFinished("b", "partial", 3, 1, 2.0),
        ev.DocumentFinished("c", "failed", 0, 0, 0.1, Failure("document-empty", "zero bytes")),
    ).snapshot(200)
    documents, pages = state.documents, state.pages
    assert (documents.found, documents.finished, documents.open, documents.unopened) == (4, 4, 0, 0)
    assert (documents.done, documents.partial, documents.failed, documents.skipped) == (1, 1, 1, 1)
    assert (pages.known, pages.done, pages.failed, pages.kept, pages.finished) == (12, 3, 1, 8, 12)
    assert state.failures_by_class == {"document-empty": 1}
    assert {(cause.kind, cause.code, cause.hint): cause.count for cause in state.causes} == {
        ("page", "page-timeout", "Raise --page-timeout."): 1,
        ("document", "document-empty", ""): 1,
    }
    assert state.requests == 13
    assert (state.eta, state.eta_at_least) == (0.0, False)


def test_time_stands_still_after_the_end():
    progress = fold(STARTED, ev.DocumentStarted("a", 1, 0, 0), page("a", 0))
    progress.apply(ev.RunFinished("finished", 0, 10.0), 110)
    assert progress.snapshot(500) == progress.snapshot(110)


def test_several_windows_of_one_document_count_once():
    state = fold(ev.DocumentStarted("a", 40, 0, 0), ev.DocumentStarted("a", 40, 0, 1)).snapshot(101)
    assert (state.pages.known, state.documents.open) == (40, 1)


def test_pages_lost_with_a_failed_document_do_not_hold_the_bar_back():
    state = fold(
        ev.DocumentStarted("a", 10, 0, 0),
        page("a", 0),
        ev.DocumentFinished("a", "failed", 10, 0, 1.0, Failure("deadline", "too long")),
    ).snapshot(105)
    assert (state.pages.done, state.pages.failed, state.pages.finished) == (1, 9, 10)


def test_kept_pages_are_no_speed():
    state = fold(STARTED, ev.DocumentSkipped("old", 1000), ev.DocumentStarted("a", 500, 499, 0)).snapshot(110)
    assert state.speed.pages_per_second == 0
    assert state.eta is None


def test_time_left_is_a_lower_bound_during_discovery():
    progress = fold(STARTED, ev.DiscoveryProgress(10, 0, False), ev.DocumentStarted("a", 10, 0, 0))
    for number in range(5):
        progress.apply(page("a", number), 103 + number)
    state = progress.snapshot(108)
    assert state.pages.expected == 100
    assert state.eta_at_least
    assert state.eta == pytest.approx(95 / (5 / 8))
    progress.apply(ev.DiscoveryProgress(10, 0, True), 109)
    assert not progress.snapshot(109).eta_at_least


def workers(*gauges, found=50, adaptive=False):
    started = ev.RunStarted("out", ("http://a",), "MinerU", "mineru", "auto", 2, 8, adaptive, False)
    return fold(
        started, ev.DiscoveryProgress(found, 0, True), ev.WorkerStarted(0, 9, 0.5), *gauges * 20, step=0.5
    )


def test_server_bound_when_slots_are_full_and_pages_wait():
    verdict = workers(gauge(0, 8, prepared=3)).snapshot(130).verdict
    assert verdict.kind == "server-bound"
    assert "8 slots" in verdict.why
    assert "--concurrency" in verdict.advice


def test_a_queueing_server_is_not_helped_by_more_concurrency():
    progress = workers(gauge(0, 8, prepared=3))
    progress.apply(ev.ServerGauge("http://a", waiting=12.0), 130)
    assert "--concurrency" not in progress.snapshot(130).verdict.advice


def test_a_server_that_keeps_requests_waiting_is_the_limit_though_slots_are_free():
    progress = workers(gauge(0, 6), adaptive=True)
    for second, waiting in enumerate((12.0, 0.0, 3.0)):
        progress.apply(ev.ServerGauge("http://a", running=24.0, waiting=waiting), 130 + second)
    verdict = progress.snapshot(133).verdict
    assert (verdict.kind, verdict.advice) == ("server-bound", "Add a server or a GPU for more speed.")
    assert "keeps 5 requests waiting" in verdict.why


def test_on_the_embedded_engine_a_gpu_server_is_what_makes_it_faster():
    progress = workers(gauge(0, 8, prepared=3))
    started = ev.RunStarted("out", ("http://a",), "cpu", "mineru", "auto", 2, 8, True, False, embedded=True)
    progress.apply(started, 130)
    assert "--server-url" in progress.snapshot(130).verdict.advice


def test_gpus_keep_the_order_of_their_source():
    names = [f"{number} H100" for number in range(12)]
    state = fold(*(ev.GpuGauge(name, "NVML busy", 0.5) for name in names)).snapshot(130)
    assert [gpu.latest.gpu for gpu in state.gpus] == names


def test_client_bound_when_slots_are_free_and_nothing_is_prepared():
    verdict = workers(gauge(0, 2)).snapshot(130).verdict
    assert verdict.kind == "client-bound"
    assert "--workers" in verdict.advice


def test_the_end_of_a_run_is_not_called_a_bottleneck():
    assert workers(gauge(0, 2), found=0).snapshot(130).verdict.kind == "finishing"


def test_waiting_for_the_server_while_every_breaker_is_open():
    progress = workers(gauge(0, 0, queued=8))
    progress.apply(ev.BreakerChanged("http://a", "open", "connection refused", 0), 131)
    state = progress.snapshot(131)
    assert state.verdict.kind == "waiting for the server"
    assert (state.servers[0].breaker, state.servers[0].reason) == ("open", "connection refused")
    progress.apply(ev.BreakerChanged("http://a", "closed", "", 0), 140)
    assert progress.snapshot(140).verdict.kind != "waiting for the server"


def outage(*, until):
    """Two servers: 10 s at one page a second, an outage of 100 s, 10 s at work again."""
    started = ev.RunStarted("out", ("http://a", "http://b"), "MinerU", "mineru", "auto", 1, 8, False, False)
    progress = fold(started, ev.WorkerStarted(0, 9, 0.5), ev.DocumentStarted("d", 100, 0, 0), step=0.0)
    for second in range(1, 11):
        progress.apply(page("d", second), 100.0 + second)
    for server in ("http://a", "http://b"):
        progress.apply(ev.BreakerChanged(server, "open", "refused", 0), 110.0)
    if until >= 210:
        progress.apply(ev.BreakerChanged("http://b", "closed", "", 0), 210.0)
        for second in range(1, 11):
            progress.apply(page("d", 10 + second), 210.0 + second)
    return progress.snapshot(until)


def test_waiting_for_servers_counts_neither_in_speed_nor_in_the_time_left():
    during, after = outage(until=160.0), outage(until=220.0)
    assert (during.eta, during.waited) == (None, 50.0)
    assert during.speed.pages_per_second_average == pytest.approx(1.0)
    assert after.waited == 100.0
    assert after.speed.pages_per_second == pytest.approx(1.0)
    assert after.speed.pages_per_second_average == pytest.approx(1.0)
    assert after.eta == pytest.approx(80.0)


def test_a_dead_server_among_others_comes_before_advice_on_speed():
    verdict = outage(until=220.0).verdict
    assert verdict.kind == "server away"
    assert "1 of 2 servers away: http://a (refused)" in verdict.why
    assert "GPU" not in verdict.advice


def test_the_wait_for_the_first_server_does_not_count_in_the_speed():
    progress = fold(ev.ServerAwaited(("http://a",), "refused", 0.0, 60.0), step=0.0)
    progress.apply(STARTED, 150)
    progress.apply(ev.DocumentStarted("d", 10, 0, 0), 150)
    for second in range(1, 6):
        progress.apply(page("d", second), 150 + second)
    assert progress.snapshot(155).speed.pages_per_second_average == pytest.approx(1.0)


def test_stopping_shows_the_grace_that_is_left_instead_of_advice():
    progress = workers(gauge(0, 8, prepared=3))
    progress.apply(ev.Stopping(30.0), 130)
    state = progress.snapshot(142)
    assert (state.grace_left, state.eta, state.verdict.kind) == (18.0, None, "stopping")
    assert "18 s (--grace)" in state.verdict.why


def test_what_failed_in_an_earlier_run_counts_as_failed():
    state = fold(ev.DocumentSkipped("a", 3), ev.DocumentSkipped("b", 3, "failed")).snapshot(110)
    assert (state.documents.skipped, state.documents.failed, state.documents.finished) == (1, 1, 2)


def test_documents_an_hour_now_are_those_of_the_last_minute():
    progress = fold(STARTED)
    for second in (1, 2, 3, 290):
        progress.apply(ev.DocumentFinished(f"d{second}", "done", 1, 0, 1.0), 100.0 + second)
    speed = progress.snapshot(400.0).speed
    assert speed.pdfs_per_hour == pytest.approx(60.0)
    assert speed.pdfs_per_hour_average == pytest.approx(48.0)


def test_after_the_end_the_rates_are_those_of_run_json():
    totals = ev.FinalTotals(1, 1, 0, 0, 0, 9, 9, 0, 9, 0, 2.0, 4.5, 1800.0)
    progress = fold(STARTED, ev.RunFinished("finished", 0, 4.0, totals=totals))
    speed = progress.snapshot(110).speed
    assert (speed.pages_per_second_average, speed.pdfs_per_hour_average) == (4.5, 1800.0)


def test_one_open_breaker_of_two_workers_does_not_stop_the_run():
    progress = workers(gauge(0, 8, prepared=2))
    progress.apply(ev.WorkerStarted(1, 10, 0.5), 130)
    progress.apply(ev.BreakerChanged("http://a", "open", "reset", 0), 131)
    state = progress.snapshot(131)
    assert (state.servers[0].breaker, state.servers[0].open_at, state.servers[0].seen_by) == (
        "half-open",
        1,
        2,
    )
    assert state.verdict.kind == "server-bound"


def test_a_crashed_worker_takes_its_breaker_and_its_load_along():
    progress = workers(gauge(0, 8))
    progress.apply(ev.BreakerChanged("http://a", "open", "reset", 0), 130)
    progress.apply(ev.WorkerStopped(0, 9, "crashed", "SIGSEGV"), 131)
    state = progress.snapshot(132)
    assert state.workers == ()
    assert (state.load.in_flight, state.load.limit) == (0, 0)
    assert state.worker_stops == {"crashed": 1}
    assert state.servers[0].breaker == "closed"


def test_paused_comes_first():
    progress = workers(gauge(0, 8, prepared=3))
    progress.paused = True
    assert progress.snapshot(130).verdict.kind == "paused"


@pytest.mark.parametrize(
    ("sample", "activity"),
    [
        (gauge(0, 1), "working"),
        (gauge(0, 0, queued=1), "waiting"),
        (gauge(0, 0), "reading"),
        (gauge(0, 0, units=0), "idle"),
    ],
)
def test_worker_activity(sample, activity):
    assert fold(ev.WorkerStarted(0, 9, 0.5), sample).snapshot(103).workers[0].activity == activity


def test_server_rates_come_from_counters_and_survive_a_restart():
    progress = RunProgress()
    for second in range(10):
        sample = ev.ServerGauge(
            "http://a", generation_tokens=second * 500.0, ttft_sum=second * 0.6, ttft_count=second * 2.0
        )
        progress.apply(sample, 100 + second)
    server = progress.snapshot(110).servers[0]
    assert server.tokens_per_second == pytest.approx(500)
    assert server.ttft == pytest.approx(0.3)
    progress.apply(ev.ServerGauge("http://a", generation_tokens=5.0), 111)
    assert progress.snapshot(111).servers[0].tokens_per_second is None


def test_gpus_of_a_missing_source_are_unavailable_until_it_returns():
    progress = RunProgress()
    gone = ev.GpuGauge("", "unavailable")
    for at, gauge in enumerate((gone, ev.GpuGauge("0", "nvml", 0.5, power=300.0), gone)):
        progress.apply(gauge, at)
    (gpu,) = progress.snapshot(3).gpus
    assert gpu.latest == ev.GpuGauge("0", "unavailable")
    assert gpu.history == (0.5, None)


def test_gpu_energy_and_history():
    progress = fold(
        ev.GpuGauge("0", "nvml", 0.5, energy=1000.0),
        ev.GpuGauge("0", "nvml", None),
        ev.GpuGauge("0", "nvml", 0.9),
    )
    progress.apply(ev.GpuGauge("0", "nvml", 1.0, energy=1500.0), 104)
    (gpu,) = progress.snapshot(105).gpus
    assert gpu.history == (0.5, None, 0.9, 1.0)
    assert gpu.energy == 500


def test_load_adds_up_whatever_the_workers_do():
    chance, progress, truth = random.Random(1), RunProgress(), {}
    for at in range(2000):
        worker = chance.randrange(8)
        match chance.randrange(8):
            case 0:
                progress.apply(ev.WorkerStopped(worker, 1, "recycled"), at)
                truth.pop(worker, None)
            case 1:
                progress.apply(ev.WorkerStarted(worker, 1, 0.5), at)
                truth[worker] = (0, 0)
            case _:
                flight, queued = chance.randrange(9), chance.randrange(9)
                progress.apply(gauge(worker, flight, queued=queued), at)
                truth[worker] = (flight, queued)
    load = progress.snapshot(2000).load
    assert (load.in_flight, load.queued) == tuple(map(sum, zip(*truth.values(), strict=True)))


def size(value, seen=None):
    seen = set() if seen is None else seen
    if id(value) in seen:
        return 0
    seen.add(id(value))
    total = sys.getsizeof(value)
    if isinstance(value, dict):
        total += sum(size(k, seen) + size(v, seen) for k, v in value.items())
    elif hasattr(value, "__iter__") and not isinstance(value, (str, bytes)):
        total += sum(size(item, seen) for item in value)
    if hasattr(value, "__dict__"):
        total += size(value.__dict__, seen)
    return total


def test_memory_does_not_grow_with_documents():
    progress, sizes = RunProgress(), []
    for number in range(4000):
        name = f"folder/document-{number}"
        progress.apply(ev.DocumentStarted(name, 2, 0, 0), number)
        progress.apply(page(name, 0), number)
        progress.apply(ev.PageFailed(name, 1, 0, Failure(f"code-{number}", "m", f"hint {number}")), number)
        progress.apply(ev.RequestRetried("http://a", f"code-{number}", 1, 0.5, 0), number)
        progress.apply(ev.DocumentFinished(name, "failed", 2, 1, 1.0, Failure(f"code-{number}", "m")), number)
        progress.apply(ev.Notice("info", name), number)
        progress.apply(gauge(0, 3), number)
        if number in (1999, 3999):
            sizes.append(size(progress))
    assert sizes[1] < sizes[0] * 1.05
    assert len(progress.snapshot(4000).failures) == FAILURES_KEPT


def test_a_recalled_document_counts_once() -> None:
    """Begun by a candidate, done by it, taken back, done by the baseline."""
    progress = RunProgress()
    progress.apply(ev.DiscoveryProgress(2, 0, True), 0.0)
    for document, finish in (("a", True), ("b", False)):
        progress.apply(ev.DocumentStarted(document, 3, 0, 1), 1.0)
        for page in range(2 + finish):
            progress.apply(ev.PageFinished(document, page, 1, 1.0, 1, 0, 1, 0), 2.0)
    progress.apply(ev.DocumentFinished("a", "done", 3, 0, 1.0), 3.0)
    progress.apply(ev.DocumentRecalled("a", "done", 3, 0), 4.0)
    progress.apply(ev.DocumentRecalled("b"), 4.0)
    state = progress.snapshot(4.0)
    assert (state.documents.done, state.documents.open, state.pages.known, state.pages.done) == (0, 0, 0, 0)
    for document in ("a", "b"):
        progress.apply(ev.DocumentStarted(document, 3, 0, 0), 5.0)
        for page in range(3):
            progress.apply(ev.PageFinished(document, page, 0, 1.0, 1, 0, 1, 0), 6.0)
        progress.apply(ev.DocumentFinished(document, "done", 3, 0, 1.0), 7.0)
    state = progress.snapshot(8.0)
    assert (state.documents.done, state.pages.known, state.pages.done) == (2, 6, 6)


def test_a_skipped_document_that_is_recalled_is_no_longer_skipped() -> None:
    progress = RunProgress()
    progress.apply(ev.DocumentSkipped("a", 3), 1.0)
    progress.apply(ev.DocumentRecalled("a", "skipped", 3, 0), 2.0)
    state = progress.snapshot(3.0)
    assert (state.documents.skipped, state.pages.known, state.pages.kept) == (0, 0, 0)


def test_a_server_is_away_when_all_workers_with_work_say_so():
    progress = workers(gauge(0, 8, prepared=2))
    progress.apply(ev.WorkerStarted(1, 10, 0.5), 130)
    progress.apply(gauge(1, 0, units=0), 130)
    progress.apply(ev.BreakerChanged("http://a", "open", "reset", 0), 131)
    server = progress.snapshot(131).servers[0]
    assert (server.breaker, server.open_at, server.seen_by) == ("open", 1, 1)
    progress.apply(gauge(1, 0, units=1), 132)
    server = progress.snapshot(132).servers[0]
    assert (server.breaker, server.open_at, server.seen_by) == ("half-open", 1, 2)


def test_what_an_earlier_run_left_failed_is_counted_apart():
    progress = fold(
        STARTED,
        ev.DiscoveryProgress(3, 0, True),
        ev.DocumentSkipped("a", 4),
        ev.DocumentSkipped("b", 2, "partial"),
        ev.DocumentSkipped("c", 0, "failed"),
    )
    documents = progress.snapshot(110).documents
    assert (documents.skipped, documents.partial, documents.failed, documents.earlier) == (1, 1, 1, 2)


def test_the_last_picture_has_the_counts_of_run_json():
    totals = ev.FinalTotals(
        5, 2, 1, 1, 1, 12, 9, 1, 30, 0, pages_incomplete=2, pages_kept=4, pages_skipped=7, earlier_failed=1
    )
    progress = fold(STARTED, page("a", 0), ev.RunFinished("finished", 1, 9.0, totals=totals))
    pages = progress.snapshot(120).pages
    assert (pages.done - pages.incomplete, pages.incomplete, pages.failed, pages.kept) == (5, 2, 1, 11)
    assert (pages.finished, pages.expected) == (19, 19)


def test_a_worker_that_no_server_answers_is_away():
    started = ev.RunStarted("out", ("http://a", "http://b"), "MinerU", "mineru", "auto", 2, 8, False, False)
    progress = fold(
        started, ev.WorkerStarted(0, 9, 0.5), ev.WorkerStarted(1, 10, 0.5),
        gauge(0, 0, queued=3), gauge(1, 0, queued=3),
        ev.BreakerChanged("http://a", "open", "http://a: connection refused", 0),
        ev.BreakerChanged("http://a", "open", "http://a: connection refused", 1),
        ev.BreakerChanged("http://b", "open", "http://b gave no answer", 0),
    )  # fmt: skip
    state = progress.snapshot(120)
    assert [worker.activity for worker in state.workers] == ["away", "waiting"]
    assert [server.reason for server in state.servers] == ["connection refused", "gave no answer"]
    progress.apply(ev.BreakerChanged("http://b", "half-open", "", 0), 121)
    assert progress.snapshot(121).workers[0].activity == "waiting"
