from __future__ import annotations

from pathlib import Path

import pytest

from mineru_cli.domain import events as ev
from mineru_cli.domain.failure import Failure
from mineru_cli.observe import timeline_recorder as module
from mineru_cli.observe.timeline import read_timeline, write_timeline
from mineru_cli.observe.timeline_recorder import TimelineRecorder
from tests.ui.scenes import BASE, busy


def collected(events, points: int = 480):
    collect = TimelineRecorder(points)
    for at, event in events:
        collect(event, at)
    return collect.timeline()


def test_a_run_without_events_has_no_timeline():
    assert TimelineRecorder().timeline() is None


def test_counts_and_gauges_of_a_run():
    timeline = collected(busy(gpus=2, servers=2, workers=8, seconds=60))
    assert timeline.started == BASE
    assert timeline.seconds == 60
    assert (
        sum(timeline.pages.values) == sum(timeline.failed_pages.values) == sum(timeline.retries.values) == 60
    )
    assert max(value for value in timeline.in_flight.values if value is not None) == 8 * 16
    assert timeline.retries_by_code == {"server-fault": 60}
    assert [gpu.source for gpu in timeline.gpus.values()] == ["SM active (DCGM)"] * 2
    assert {server.running.values[1] for server in timeline.servers.values()} == {64.0}
    assert timeline.worker_stops == {"crashed": 1}


def test_a_stopped_worker_no_longer_counts():
    gauge = ev.WorkerGauge(0, 1, 0, 0, 5, 8, 0, 0.0)
    timeline = collected(
        [(0.0, gauge), (1.0, ev.WorkerStopped(0, 1, "crashed")), (2.0, ev.Notice("info", ""))]
    )
    assert timeline.in_flight.values == (5.0, 0.0)


def test_a_breaker_is_noted_where_it_changes_for_the_server_as_a_whole():
    url = "http://one"
    workers = [(0.0, ev.WorkerGauge(worker, 1, 0, 0, 0, 4, 0, 0.0)) for worker in range(2)]
    changes = [
        (1.0, ev.BreakerChanged(url, "open", "x", worker=0)),
        (2.0, ev.BreakerChanged(url, "open", "x", worker=1)),
        (3.0, ev.BreakerChanged(url, "closed", "", worker=0)),
        (4.0, ev.WorkerStopped(1, 1, "crashed")),
    ]
    timeline = collected(workers + changes)
    states = [(change.at, change.state) for change in timeline.servers[url].breaker]
    assert states == [(1.0, "half-open"), (2.0, "open"), (3.0, "half-open"), (4.0, "closed")]


def test_its_size_is_bounded_whatever_happens():
    def flood():
        for number in range(6_000):
            at = float(number)
            name = f"http://{number}"
            yield at, ev.PageFinished(f"d{number}", 0, 0, 1.0, 1, 0, 1, 0)
            yield at, ev.RequestRetried(name, f"code-{number}", 1, 0.1, 0)
            yield at, ev.Notice("warning", "x" * 5000)
            yield at, ev.ServerGauge(name, 1.0, 1.0)
            yield at, ev.GpuGauge(f"gpu {number}", "NVML", 0.5)
            yield at, ev.BreakerChanged("http://0", "closed" if number % 2 else "open", "", 0)
            yield at, ev.PageFailed("d", 0, 0, Failure("a", "b"))

    timeline = collected(flood(), points=64)
    assert len(timeline.pages.values) <= 64
    assert sum(timeline.pages.values) == 6_000
    assert len(timeline.servers) <= module.SERVERS_KEPT
    assert len(timeline.gpus) <= module.GPUS_KEPT
    assert len(timeline.retries_by_code) <= module.CODES_KEPT + 1
    changes = timeline.servers["http://0"].breaker
    assert len(changes) <= module.CHANGES_KEPT + 1
    assert changes[-1].state == "closed"
    assert len(timeline.model_dump_json()) < 80_000


def test_written_and_read_back(tmp_path: Path):
    timeline = collected(busy(seconds=20))
    write_timeline(tmp_path / "timeline.json", timeline)
    assert read_timeline(tmp_path / "timeline.json") == timeline


def test_another_file_is_not_a_timeline(tmp_path: Path):
    (tmp_path / "timeline.json").write_text("{}")
    with pytest.raises(ValueError, match="started"):
        read_timeline(tmp_path / "timeline.json")
