from __future__ import annotations

import threading
import urllib.request
from collections.abc import Iterator

import pytest

from mineru_cli.domain import events
from mineru_cli.domain.failure import Failure
from mineru_cli.errors import OutputRefused, SettingsError
from mineru_cli.observe.metrics.declared import METRICS
from mineru_cli.observe.metrics.exporters import exported
from mineru_cli.observe.metrics.run_metrics import MOST_CODES, Family, RunMetrics

SERVER = "http://gpu:8000"
STARTED = events.RunStarted("out", (SERVER,), "mineru", "mineru", "model", 2, 32, False, False)


def page(number: int = 0, **changes) -> events.PageFinished:
    values = {
        "document": "a", "page": number, "worker": 0, "seconds": 3.0, "blocks": 5, "flaws": 0, "requests": 6,
        "retried": 1, "prompt_tokens": 100, "completion_tokens": 20, "waited": 0.5,
    }  # fmt: skip
    return events.PageFinished(**{**values, **changes})


def samples(families: list[Family]) -> Iterator[tuple[str, dict[str, str], float]]:
    """Every value by full name and labels, histograms as their count and sum."""
    for family in families:
        name = family.metric.full_name
        for values, value in family.values.items():
            yield name, dict(zip(family.metric.labels, values, strict=True)), value
        for values, histogram in family.histograms.items():
            labels = dict(zip(family.metric.labels, values, strict=True))
            yield f"{name}_count", labels, float(sum(histogram.counts))
            yield f"{name}_sum", labels, histogram.total


def values(metrics: RunMetrics) -> dict[str, float]:
    return {
        name.removeprefix("mineru_batch_") + ("".join(f" {value}" for value in labels.values())): value
        for name, labels, value in samples(metrics.families())
    }


def after(*told: events.Event) -> dict[str, float]:
    metrics = RunMetrics("1.2.3")
    for number, event in enumerate(told):
        metrics(event, 1_000.0 + number)
    return values(metrics)


@pytest.mark.spec("gpu-microservices/metrics/counters-exist-from-the-start")
def test_everything_that_can_be_counted_is_there_from_the_start_at_zero():
    now = after()
    assert now["build_info 1.2.3"] == 1
    for outcome in ("done", "partial", "failed", "skipped"):
        assert now[f"documents_total {outcome}"] == 0
    assert now["pages_total incomplete"] == 0
    assert now["page_duration_seconds_count"] == 0
    assert now["worker_restarts_total memory"] == 0
    assert "run_exit_code" not in now


def test_pages_requests_and_tokens_are_counted():
    failure = Failure("page-unreadable", "broken")
    now = after(
        STARTED, page(), page(1, loss=Failure("content-lost", "lost")),
        events.PageFailed("a", 2, 0, failure, requests=2, retried=1),
    )  # fmt: skip
    assert (now["pages_total done"], now["pages_total incomplete"], now["pages_total failed"]) == (1, 1, 1)
    assert (now["requests_total answered"], now["requests_total retried"]) == (11, 3)
    assert (now["tokens_total prompt"], now["tokens_total completion"]) == (200, 40)
    assert now["failures_total page page-unreadable"] == 1
    assert now["page_duration_seconds_sum"] == 6.0
    assert now["last_page_timestamp_seconds"] == 1_002.0


def test_requests_are_counted_by_server_and_outcome_with_their_times():
    def finished(outcome: str, count: int, *latencies: int) -> events.RequestFinished:
        return events.RequestFinished(SERVER, "text", outcome, 0, count, 0.4 * count, latencies=latencies)

    now = after(STARTED, finished("stop", 5, 0, 0, 5), finished("stop", 2, 0, 2), finished("server-fault", 1))
    assert now[f"server_requests_total {SERVER} stop"] == 7
    assert now[f"server_requests_total {SERVER} server-fault"] == 1
    assert now[f"request_duration_seconds_count {SERVER}"] == 7
    assert now[f"request_duration_seconds_sum {SERVER}"] == pytest.approx(2.8)


def test_documents_and_backlog():
    now = after(
        STARTED,
        events.DiscoveryProgress(10, 5_000, True),
        events.DocumentSkipped("z", 4),
        events.DocumentStarted("a", 2, 0, 0),
        page(), page(1),
        events.DocumentFinished("a", "done", 2, 0, 12.0),
        events.DocumentStarted("b", 6, 0, 0),
    )  # fmt: skip
    assert (now["documents_total done"], now["documents_total skipped"]) == (1, 1)
    assert now["documents_found"] == 10
    assert now["backlog_documents"] == 8
    assert now["backlog_pages"] > 6
    assert now["pages_resumed_total"] == 4
    assert now["document_duration_seconds_count"] == 1


@pytest.mark.spec("orchestration/observability/a-servers-state-is-what-all-workers-see")
def test_breakers_are_the_worst_that_all_workers_agree_on():
    def broke(worker: int, state: events.BreakerState) -> events.BreakerChanged:
        return events.BreakerChanged(SERVER, state, "refused", worker=worker)

    ready = [events.WorkerStarted(number, 10 + number, 0.5) for number in range(2)]
    assert after(STARTED, *ready, broke(0, "open"))[f"breaker_state {SERVER}"] == 1
    both = after(STARTED, *ready, broke(0, "open"), broke(1, "open"))
    assert both[f"breaker_state {SERVER}"] == 2
    assert both[f"breaker_openings_total {SERVER}"] == 2
    assert after(STARTED, *ready, broke(0, "open"), broke(0, "closed"))[f"breaker_state {SERVER}"] == 0


@pytest.mark.spec("orchestration/observability/replaced-workers-are-counted")
def test_cpu_time_continues_when_a_worker_is_replaced():
    def gauge(cpu: float) -> events.WorkerGauge:
        return events.WorkerGauge(0, 1, 0, 0, 3, 16, 1_000, cpu)

    now = after(
        STARTED, gauge(4.0), gauge(10.0), events.WorkerStopped(0, 9, "crashed"), gauge(1.0), gauge(3.0)
    )
    assert now["workers_cpu_seconds_total"] == 13.0
    assert now["worker_restarts_total crashed"] == 1
    assert (now["requests_in_flight"], now["request_limit"]) == (3, 16)


def test_classes_of_failure_are_bounded():
    metrics = RunMetrics("1")
    for number in range(MOST_CODES * 3):
        metrics(events.PageFailed("a", number, 0, Failure(f"code-{number}", "x")), 0.0)
    seen = [
        labels["code"] for name, labels, _ in samples(metrics.families()) if name.endswith("failures_total")
    ]
    assert len(seen) == MOST_CODES + 1
    assert "other" in seen


@pytest.mark.spec("gpu-microservices/metrics/an-unknown-gpu-value-is-absent")
def test_a_gpu_that_cannot_be_queried_any_more_has_no_value():
    metrics = RunMetrics("1")
    metrics(events.GpuGauge("0", "DCGM SM active", 0.8, 10, 20), 0.0)
    assert values(metrics)["gpu_utilisation_ratio 0 DCGM SM active"] == 0.8
    metrics(events.GpuGauge("0", "unavailable"), 1.0)
    assert not [name for name in values(metrics) if name.startswith("gpu_utilisation")]


def test_names_follow_prometheus_conventions():
    for metric in METRICS:
        assert metric.full_name.startswith("mineru_batch_")
        assert metric.full_name.endswith("_total") == (metric.kind == "counter")
        assert metric.help.endswith(".")
        assert not {"document", "path", "file", "le"} & set(metric.labels)


def fetch(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
        return reply.read().decode()


@pytest.mark.spec("gpu-microservices/metrics/the-port-serves-what-was-counted")
def test_a_scrape_of_the_port_gives_what_was_counted():
    metrics = RunMetrics("1.2.3")
    with exported(metrics, port=0) as port:
        metrics(STARTED, 0.0)
        metrics(page(), 1.0)
        text = fetch(port)
    assert 'mineru_batch_pages_total{outcome="done"} 1.0' in text
    assert 'mineru_batch_page_duration_seconds_bucket{le="5.0"} 1.0' in text
    assert 'mineru_batch_page_duration_seconds_bucket{le="2.5"} 0.0' in text
    assert "# TYPE mineru_batch_pages_total counter" in text
    assert 'mineru_batch_build_info{version="1.2.3"} 1.0' in text


def test_a_port_that_is_taken_is_an_error_that_names_it():
    with exported(RunMetrics("1"), port=0) as port:
        again = exported(RunMetrics("1"), port=port)
        with pytest.raises(SettingsError, match=str(port)):
            again.__enter__()


def test_the_file_is_written_at_the_start_and_at_the_end(tmp_path):
    path, metrics = tmp_path / "run.prom", RunMetrics("1")
    with exported(metrics, textfile=path, every=3600):
        assert 'pages_total{outcome="done"} 0.0' in path.read_text()
        metrics(page(), 0.0)
    assert 'pages_total{outcome="done"} 1.0' in path.read_text()
    assert [one.name for one in tmp_path.iterdir()] == ["run.prom"]


def test_a_file_that_cannot_be_written_is_an_error_at_the_start(tmp_path):
    with pytest.raises(OutputRefused), exported(RunMetrics("1"), textfile=tmp_path / "no" / "run.prom"):
        pass


def test_a_gateway_that_is_gone_is_reported_once_and_ends_nothing():
    said, heard = [], threading.Event()

    def complain(text: str) -> None:
        said.append(text)
        heard.set()

    with exported(RunMetrics("1"), pushgateway="http://127.0.0.1:9", complain=complain, every=0.01):
        assert heard.wait(30)
    assert len(said) == 1
    assert "cannot be pushed" in said[0]


def test_scrapes_during_a_storm_of_events_are_whole():
    metrics, ended, faults = RunMetrics("1"), threading.Event(), []

    def scrape() -> None:
        while not ended.is_set():
            try:
                metrics.families()
            except Exception as error:
                faults.append(error)
                return

    thread = threading.Thread(target=scrape)
    thread.start()
    metrics(STARTED, 0.0)
    for number in range(2_000):
        metrics(events.WorkerStarted(number % 50, number, 0.1), float(number))
        metrics(page(number, document=f"d{number}"), float(number))
        metrics(events.GpuGauge(str(number % 9), "x", 0.5), float(number))
    ended.set()
    thread.join()
    assert faults == []


def test_a_rollout_and_its_revert():
    assert after(events.RolloutChanged(10.0, None, "the rollout begins"))["rollout_candidate_ratio"] == 0.1
    now = after(
        events.RolloutChanged(10.0, None, "the rollout begins"),
        events.RolloutScored("a", 0.9, 0.95, 20),
        events.RolloutJudged("match", "fail", 0.95, 0.93, 0.97, 0.98, 20),
        events.RolloutReverted("match", "too low", 10.0, 20),
        events.DocumentRecalled("a", "done", 3),
    )
    assert (now["rollout_candidate_ratio"], now["rollout_reverted"], now["rollout_reverts_total match"]) == (
        0,
        1,
        1,
    )
    assert (now["rollout_guard_verdict match"], now["rollout_match_ratio"]) == (2, 0.95)
    assert (now["rollout_documents_scored"], now["documents_recalled_total"]) == (20, 1)


def test_without_a_rollout_there_is_no_value_of_one():
    assert not [name for name in after(STARTED) if name.startswith("rollout")]
