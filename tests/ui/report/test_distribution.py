from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.ui.report.distribution import page_times


@given(st.lists(st.floats(0.001, 500), min_size=1, max_size=300))
def test_percentiles_are_values_at_their_rank(seconds):
    ordered = sorted(seconds)
    times = page_times(iter(ordered), len(ordered))
    for share, value in ((0.5, times.p50), (0.95, times.p95), (0.99, times.p99)):
        below = sum(one <= value for one in ordered)
        assert below >= share * len(ordered) - 1e-9
        assert value in ordered
    assert times.most == ordered[-1]


@given(st.lists(st.floats(0.001, 500), min_size=1, max_size=300))
def test_bars_stay_in_the_plot(seconds):
    chart = page_times(iter(sorted(seconds)), len(seconds)).chart
    assert all(
        bar.left >= 0 and bar.left + bar.width <= 100.1 and 0 < bar.height <= 100 for bar in chart.bars
    )
    assert len(chart.bars) <= 34


def test_one_slow_page_does_not_squeeze_the_others():
    seconds = [1.0 + number / 1000 for number in range(999)] + [400.0]
    times = page_times(iter(seconds), 1000)
    assert times.chart.beyond == "1 page took longer, up to 6 min 40 s"
    assert len(times.chart.bars) > 5


def test_no_pages():
    assert page_times(iter(()), 0).chart is None
