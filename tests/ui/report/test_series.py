from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.observe.timeline import TimeSeries
from mineru_cli.ui.report.series import average, from_events, means, rates

AMOUNTS = st.lists(st.integers(0, 1000), min_size=1, max_size=400)


@given(AMOUNTS, st.floats(0.0, 0.9))
def test_a_rate_over_its_time_is_the_sum_again(amounts, cut):
    """The last bucket may be covered in part only: its rate must not be too low for that."""
    seconds = len(amounts) - cut
    points = rates(TimeSeries(width=1.0, values=tuple(map(float, amounts))), seconds, most=50)
    assert len(points.at) <= 50
    step = -(-len(amounts) // 50)
    spans = [min(step, len(amounts) - start) for start in range(0, len(amounts), step)]
    spans[-1] = max(seconds - (len(amounts) - spans[-1]), 0.5)
    assert sum(rate * span for rate, span in zip(points.values, spans, strict=True)) == pytest.approx(
        sum(amounts)
    )


def test_after_the_last_page_the_rate_is_zero():
    points = rates(TimeSeries(width=1.0, values=(3.0, 3.0)), 6.0)
    assert points.values == (3.0, 3.0, 0.0, 0.0, 0.0, 0.0)


def test_a_late_sample_is_not_a_gap():
    values = (1.0, None, None, 4.0, *[None] * 6, 5.0, None)
    assert means(TimeSeries(width=1.0, values=values), 12.0).values == (
        1.0, 2.0, 3.0, 4.0, *[None] * 6, 5.0, None,
    )  # fmt: skip
    assert means(TimeSeries(width=60.0, values=(1.0, None, 3.0)), 180.0).values == (1.0, None, 3.0)
    assert means(TimeSeries(width=1.0, values=(None, 1.0)), 2.0).values == (None, 1.0)
    assert means(TimeSeries(width=1.0, values=()), 2.0).values == ()


def test_means_keep_gaps():
    points = means(TimeSeries(width=2.0, values=(1.0, None, None, 3.0, 5.0, None)), 12.0, most=3)
    assert points.values == (1.0, 3.0, 5.0)
    gaps = means(TimeSeries(width=2.0, values=(1.0, None)), 4.0)
    assert gaps.values == (1.0, None)
    assert gaps.at == (1.0, 3.0)


def test_the_average_of_several_ignores_what_is_unknown():
    one = means(TimeSeries(width=10.0, values=(0.2, None, 0.6)), 30.0)
    two = means(TimeSeries(width=10.0, values=(0.4,)), 30.0)
    assert average([one, two]).values == (pytest.approx(0.3), None, 0.6)
    assert average([]).values == ()


@given(st.lists(st.tuples(st.floats(-10, 5000), st.integers(0, 9)), max_size=50), st.floats(0.1, 4000))
def test_events_are_all_counted(events, seconds):
    series = from_events(events, seconds)
    assert sum(series.values) == sum(amount for _, amount in events)
    assert len(series.values) <= 121
