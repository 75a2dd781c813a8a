import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.telemetry.series import Histogram, MetricsPage

PAGE = """# HELP vllm:x y
vllm:prompt_tokens_total{engine="0",model_name="a b{}"} 10.0
vllm:prompt_tokens_total{engine="1",model_name="a"} 5.0
vllm:request_success_total{finished_reason="stop",engine="0"} 3.0
vllm:request_success_total{finished_reason="length",engine="0"} 1.0
vllm:ttft_bucket{le="0.1"} 2.0
vllm:ttft_bucket{le="1.0"} 4.0
vllm:ttft_bucket{le="+Inf"} 5.0
vllm:ttft_sum 3.5
vllm:ttft_count 5.0
vllm:broken NaN
vllm:half{
other_metric 4
"""


def test_sums_labels_and_histograms() -> None:
    series = MetricsPage.of(PAGE)
    assert series.total("prompt_tokens_total") == 15
    assert series.total("nothing") is None
    assert series.mean("prompt_tokens_total") == 7.5
    assert series.by("request_success_total", "finished_reason") == {"stop": 3.0, "length": 1.0}
    histogram = series.histogram("ttft")
    assert histogram.mean == pytest.approx(0.7)
    assert histogram.quantile(0.4) == pytest.approx(0.1)
    assert histogram.quantile(0.6) == pytest.approx(0.55)
    assert histogram.quantile(0.99) == 1.0
    assert series.histogram("request_success_total") is None
    assert series.total("broken") is None


@given(st.lists(st.floats(0.001, 99), min_size=1, max_size=60), st.lists(st.floats(0.001, 99), max_size=60))
def test_a_difference_is_what_was_observed_in_between(new: list[float], old: list[float]) -> None:
    def histogram(values: list[float]) -> Histogram:
        bounds = [0.01, 0.1, 1.0, 10.0, 100.0, float("inf")]
        return Histogram({b: float(sum(v <= b for v in values)) for b in bounds}, sum(values), len(values))

    between = histogram(old + new).since(histogram(old))
    assert between.count == len(new)
    assert between.mean == pytest.approx(sum(new) / len(new))
    top = max(new)
    assert top <= between.quantile(1.0) * 1.0001 <= max(10 * top, 0.01) * 1.001
    assert histogram(new).since(histogram(old + new + [1.0])) == histogram(new)  # the server started anew


def test_nothing_observed_has_no_quantile() -> None:
    assert Histogram({1.0: 0.0}, 0.0, 0).quantile(0.5) is None
    assert Histogram({}, 0.0, 0).mean is None


def test_bounds_that_are_no_numbers_are_skipped() -> None:
    page = (
        'vllm:x_bucket{le="1.0"} 2\nvllm:x_bucket{le="?"} 9\nvllm:x_bucket 9\nvllm:x_sum 1\nvllm:x_count 2\n'
    )
    histogram = MetricsPage.of(page).histogram("x")
    assert histogram == Histogram({1.0: 2.0}, 1.0, 2.0)
