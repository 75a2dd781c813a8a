from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.observe.throughput import KEPT, Rate, TimeBuckets, time_left


def test_a_steady_rate_is_reported_exactly():
    rate = Rate(window=30)
    for second in range(300):
        rate.add(1000 + second, 4)
    assert rate.now(1300) == pytest.approx(4, rel=0.05)
    assert rate.average(1300) == pytest.approx(4)


def test_the_window_follows_a_change_and_the_average_does_not_forget():
    rate = Rate(window=30)
    for second in range(100):
        rate.add(second, 10)
    assert rate.now(140) == 0
    assert rate.average(200) == pytest.approx(5)


def test_a_young_rate_is_measured_over_its_own_age():
    rate = Rate(window=30)
    rate.start(100)
    rate.add(104, 8)
    assert rate.now(104) == pytest.approx(2)


def test_nothing_started_is_nothing():
    rate = Rate()
    assert (rate.now(5), rate.average(5), rate.history(5, 10)) == (0, 0, ())


def test_history_is_oldest_first_and_as_long_as_the_run():
    rate = Rate()
    rate.start(0)
    assert rate.history(4, 60, step=5) == (0.0,)
    for second in range(10, 15):
        rate.add(second, 3)
    assert rate.history(17, 60, step=5) == (0.0, 0.0, 3.0)
    assert rate.history(21, 2, step=5) == (3.0, 0.0)


@given(st.lists(st.floats(0, 5000), min_size=1, max_size=200))
def test_order_and_gaps_never_lose_a_count(times):
    rate, line = Rate(), TimeBuckets(points=16)
    for at in times:
        rate.add(at)
        line.add(at, 1)
    assert rate.total == len(times)
    assert sum(line.sums) == len(times)
    assert len(line.sums) <= 16
    assert all(value >= 0 for value in rate.history(max(times), 50))


def test_memory_is_bounded():
    rate, line = Rate(), TimeBuckets(points=64)
    for second in range(50_000):
        rate.add(second)
        line.add(second, 2)
    assert len(rate._buckets) == KEPT
    assert len(line.sums) <= 64
    assert sum(line.sums) == 100_000
    assert set(line.means) == {2.0}


def test_a_timeline_says_where_nothing_was_noted():
    line = TimeBuckets()
    line.add(0, 5)
    line.add(2, 7)
    assert line.means == (5, None, 7)


@pytest.mark.parametrize(
    ("remaining", "now", "average", "seconds"),
    [(100, 2, 2, 50), (100, 3, 1, 50), (0, 0, 0, 0), (-1, 1, 1, 0), (10, 0, 0, None), (10, 0, 2, 10)],
)
def test_time_left(remaining, now, average, seconds):
    assert time_left(remaining, now, average) == seconds
