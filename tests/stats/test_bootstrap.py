from __future__ import annotations

from random import Random

import pytest

from mineru_cli.stats.bootstrap import RESAMPLES, bootstrap


def test_it_holds_the_mean_and_repeats_itself() -> None:
    values = [0.9 + 0.001 * n for n in range(100)]
    one = bootstrap(values, Random(1))
    assert one is not None
    assert one.low < sum(values) / 100 < one.high
    assert bootstrap(values, Random(1)) == one
    assert bootstrap(values[::-1], Random(1)) == one


def test_it_is_as_wide_as_the_normal_interval_of_many_values() -> None:
    rng = Random(3)
    values = [rng.gauss(0.9, 0.05) for _ in range(400)]
    found = bootstrap(values, Random(2))
    assert found is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.05 / 20, rel=0.12)


def test_equal_values_have_no_width_and_none_no_interval() -> None:
    assert bootstrap([], Random(1)) is None
    found = bootstrap([1.0] * 50, Random(1))
    assert found is not None
    assert (found.low, found.high, found.few) == (1.0, 1.0, False)
    few = bootstrap([0.5] * 19, Random(1))
    assert few is not None
    assert few.few


def test_a_lower_level_is_a_narrower_interval() -> None:
    values = [0.0, 0.5, 1.0] * 10
    wide, narrow = (bootstrap(values, Random(1), level=level) for level in (0.95, 0.90))
    assert wide is not None
    assert narrow is not None
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide.resamples == RESAMPLES
