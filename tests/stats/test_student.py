import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.stats.student import mean_interval, slope_interval, t_quantile


@pytest.mark.parametrize(
    ("level", "freedom", "quantile"),
    [
        (0.95, 1, 12.7062), (0.95, 2, 4.30265), (0.95, 4, 2.77645), (0.99, 4, 4.60409),
        (0.99, 12, 3.05454), (0.95, 30, 2.04227), (0.90, 9, 1.83311), (0.95, 1e7, 1.95996),
    ],
)  # fmt: skip
def test_quantiles_of_the_printed_table(level: float, freedom: float, quantile: float) -> None:
    assert t_quantile(level, freedom) == pytest.approx(quantile, abs=1e-5)


@given(st.floats(0.5, 0.999), st.integers(1, 200))
def test_more_certainty_is_wider_and_more_data_narrower(level: float, freedom: int) -> None:
    assert t_quantile(level, freedom) < t_quantile(level + (1 - level) / 2, freedom)
    assert t_quantile(level, freedom + 1) < t_quantile(level, freedom)


@pytest.mark.parametrize("repeats", [2, 3, 8])
def test_the_interval_holds_the_true_mean_as_often_as_it_says(repeats: int) -> None:
    dice = random.Random(repeats)
    held = 0
    for _ in range(1500):
        interval = mean_interval([dice.gauss(10, 2) for _ in range(repeats)], 0.9)
        held += interval.low <= 10 <= interval.high
    assert 0.87 < held / 1500 < 0.93


@given(st.floats(-5, 5), st.floats(-100, 100))
def test_a_straight_line_has_its_own_slope(slope: float, offset: float) -> None:
    found = slope_interval([(x, offset + slope * x) for x in range(6)])
    assert found.value == pytest.approx(slope, abs=1e-9)
    assert found.low == pytest.approx(found.high, abs=1e-6)


def test_too_little_says_nothing() -> None:
    assert mean_interval([1.0]) is None
    assert slope_interval([(0, 1), (1, 2)]) is None
    assert slope_interval([(1, 1), (1, 2), (1, 3)]) is None
    with pytest.raises(ValueError, match="level"):
        t_quantile(1.0, 3)
