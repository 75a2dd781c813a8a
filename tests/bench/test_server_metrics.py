import random

import pytest

from mineru_cli.bench.measure.recording import Recording
from mineru_cli.bench.measure.server_metrics import server_figures
from mineru_cli.bench.measure.window import Window
from mineru_cli.telemetry.series import MetricsPage

URL = "http://a"
TTFT = (0.1, 0.25, 0.5, 1.0, 2.5)
QUEUE = (0.3, 0.5, 0.8)
BOUNDS = {"time_to_first_token_seconds": TTFT, "request_queue_time_seconds": QUEUE}


def page(tokens: float, waiting: float, **histograms: list[float]) -> MetricsPage:
    """A page of metrics as vLLM writes it."""
    lines = [
        f'vllm:generation_tokens_total{{engine="0"}} {tokens}',
        f'vllm:num_requests_waiting{{engine="0"}} {waiting}',
        'vllm:request_success_total{engine="0",finished_reason="stop"} ' + str(tokens / 10),
    ]
    for name, values in histograms.items():
        for bound in (*BOUNDS[name], float("inf")):
            le = "+Inf" if bound == float("inf") else bound
            lines.append(f'vllm:{name}_bucket{{le="{le}"}} {sum(v <= bound for v in values)}')
        lines += [f"vllm:{name}_sum {sum(values)}", f"vllm:{name}_count {len(values)}"]
    return MetricsPage.of("\n".join(lines))


def figures(*pages: MetricsPage):
    recording = Recording()
    recording.scrapes += [(float(at), {URL: one}) for at, one in enumerate(pages)]
    return server_figures(recording, Window(-1.0, 100.0))


def test_only_what_grew_in_the_window_counts() -> None:
    before, during = [2.0] * 50, [0.2] * 90 + [0.4] * 10
    found = figures(
        page(1000, 3, time_to_first_token_seconds=before),
        page(1200, 5, time_to_first_token_seconds=before + during),
    )
    assert found.completion_tokens == 200
    assert found.waiting == 4
    assert found.finished == {"stop": 20.0}
    assert 0.1 < found.ttft_p50 < 0.25 < found.ttft_p95 < 0.5
    assert found.queue_mean is None


def test_the_tail_of_a_queue_is_no_more_than_its_mean_allows() -> None:
    empty = figures(page(0, 0), page(0, 0, request_queue_time_seconds=[0.00003] * 200))
    assert empty.queue_mean == pytest.approx(0.00003)
    assert empty.queue_p95 <= 0.0007
    dice = random.Random(4)
    waits = [dice.uniform(0, 0.7) for _ in range(400)]
    full = figures(page(0, 0), page(0, 0, request_queue_time_seconds=waits))
    assert full.queue_p95 == pytest.approx(sorted(waits)[380], abs=0.15)


def test_one_look_says_nothing() -> None:
    assert figures(page(5, 5)).completion_tokens is None
