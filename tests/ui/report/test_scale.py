from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.ui.report.scale import ceiling, plain, round_step, stopwatch, time_ticks, value_ticks

POSITIVE = st.floats(1e-6, 1e9)


@given(POSITIVE)
def test_a_top_is_above_and_near(value):
    assert value <= ceiling(value) * (1 + 1e-6)
    assert ceiling(value) <= value * 2.01


@given(POSITIVE)
def test_marks_of_time_are_few_and_inside(seconds):
    ticks = time_ticks(seconds)
    assert 1 <= len(ticks) <= 7
    assert ticks[0].place == 0
    assert all(0 <= tick.place <= 100.001 for tick in ticks)


@given(POSITIVE, st.integers(2, 40))
def test_a_round_step_goes_in_at_most_so_often(length, most):
    assert length / round_step(length, most) <= most * (1 + 1e-6)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0"), (40, "40 s"), (90, "1:30 min"), (1200, "20 min"), (9000, "2:30 h"), (172800, "2 d")],
)
def test_times_read_well(seconds, text):
    assert stopwatch(seconds) == text


def test_nothing_at_all_still_has_an_axis():
    assert ceiling(0) == 1
    assert [tick.label for tick in value_ticks(0.1)] == ["0.1", "0.05", "0"]
    assert plain(1200) == "1,200"
