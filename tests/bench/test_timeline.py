import pytest

from mineru_cli.bench.measure.recording import Recording
from mineru_cli.bench.measure.timeline import MOST, last_sums, timeline
from mineru_cli.bench.measure.window import PageTime, Window
from mineru_cli.domain.events import GpuGauge, WorkerGauge
from mineru_cli.telemetry.series import MetricsPage


def test_at_each_moment_the_last_value_of_every_source_counts() -> None:
    samples = [(0.0, "a", 1.0), (1.0, "b", 10.0), (2.0, "a", 3.0), (9.0, "b", 0.0)]
    assert last_sums(samples, [-1.0, 0.0, 1.5, 2.0, 8.0, 10.0]) == [0.0, 1.0, 11.0, 13.0, 13.0, 3.0]
    assert last_sums([], [1.0]) == [0.0]


def recording(seconds: int) -> Recording:
    found = Recording()
    found.pages = [PageTime(at, at + 2.0) for at in range(seconds - 1)]
    for at in range(seconds):
        found.gauges += [(float(at), WorkerGauge(worker, 1, 0, 2, 4, 4, 1, 0.0)) for worker in (0, 1)]
        found.scrapes.append(
            (float(at), {"http://a": MetricsPage.of('vllm:num_requests_waiting{engine="0"} 7\n')})
        )
        found.gpus.append((float(at), GpuGauge("0", "NVML busy", 0.5)))
    return found


def test_every_second_has_pages_both_queues_and_the_gpu() -> None:
    moments = timeline(recording(12), Window(0.0, 12.0))
    assert [moment.at for moment in moments] == [float(at) for at in range(13)]
    middle = moments[5]
    assert middle.pages == pytest.approx(1.0), "two pages at work, each half a page a second"
    assert (middle.in_flight, middle.client_queue, middle.server_queue, middle.gpu) == (8, 4, 7, 0.5)


def test_a_long_measurement_gets_wider_steps_not_more_points() -> None:
    moments = timeline(recording(900), Window(0.0, 900.0))
    assert len(moments) == MOST + 1
    assert moments[150].pages == pytest.approx(1.0, rel=0.01)


def test_nothing_has_no_timeline() -> None:
    assert timeline(Recording(), Window(0.0, 0.0)) == ()
