from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.ui.sparkline import bar, chart, spark, squeeze

AMOUNTS = st.lists(st.tuples(st.floats(0, 1e9), st.just("green")), max_size=5)


@given(AMOUNTS, st.floats(0, 1e9), st.integers(0, 200))
def test_a_bar_is_exactly_as_wide_as_requested(parts, total, width):
    assert bar(parts, total, width).cell_len == width


def test_a_bar_shares_its_width():
    text = bar([(5, "green"), (5, "red")], 20, 40)
    assert text.plain == "━" * 20 + "─" * 20


@given(st.lists(st.none() | st.floats(0, 1e6), max_size=50), st.integers(0, 60), st.integers(1, 9))
def test_a_chart_has_exactly_the_requested_size(values, width, rows):
    lines = chart(values, width, rows)
    assert len(lines) == rows
    assert all(len(line) == width for line in lines)


def test_the_newest_value_is_at_the_right_and_unknown_is_blank():
    assert spark([0, None, 0.5, 1.0], 6, top=1.0) == "  ▁ ▄█"
    assert spark([1, 2, 3, 4], 2) == "▆█"


def test_a_long_history_is_squeezed_by_means():
    assert squeeze([1, 3, 5, 7], 2) == [2, 6]
    assert squeeze([1, 2], 5) == [1, 2]
