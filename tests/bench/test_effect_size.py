import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.bench.effect_size import judge_change

LEVELS = {4: 2.0, 16: 7.5, 64: 15.0}


def measured(dice: random.Random, factor: float = 1.0, repeats: int = 3, noise: float = 0.03):
    """Pages per second of every level, as noisy as real ones are."""
    return {
        level: [speed * factor * (1 + dice.gauss(0, noise)) for _ in range(repeats)]
        for level, speed in LEVELS.items()
    }


def test_a_fifth_slower_is_worse_and_a_rerun_is_not_twenty_times_out_of_twenty() -> None:
    for seed in range(20):
        dice = random.Random(seed)
        before = measured(dice)
        assert judge_change("pages/s", before, measured(dice, 1 / 1.2)).word == "worse"
        assert judge_change("pages/s", before, measured(dice)).word == "no difference shown"


@pytest.mark.parametrize("level", LEVELS)
def test_one_level_alone_is_enough(level: int) -> None:
    for seed in range(20):
        dice = random.Random(1000 + seed)
        before, slower, same = ({level: measured(dice, f)[level]} for f in (1.0, 1 / 1.2, 1.0))
        assert judge_change("pages/s", before, same).word == "no difference shown"
        assert judge_change("pages/s", before, slower).loss > 0.1


@given(st.floats(1.1, 5), st.integers(2, 6))
def test_better_and_worse_are_mirror_images(factor: float, repeats: int) -> None:
    base = {1: [1.0 + 0.001 * i for i in range(repeats)]}
    more = {1: [factor * value for value in base[1]]}
    assert judge_change("x", base, more).word == "better"
    assert judge_change("x", more, base).word == "worse"
    assert judge_change("x", base, more, higher_is_better=False).word == "worse"
    assert judge_change("x", base, more).ratio == pytest.approx(factor)
    assert judge_change("x", base, more, higher_is_better=False).loss == pytest.approx(factor - 1)


def test_one_repeat_shows_nothing() -> None:
    found = judge_change("x", {1: [1.0]}, {1: [0.5]})
    assert found.word == "no difference shown"
    assert found.low is None
    assert found.ratio == 0.5


def test_only_common_levels_with_work_count() -> None:
    assert judge_change("x", {1: [1.0, 1.0]}, {2: [1.0, 1.0]}) is None
    assert judge_change("x", {1: [1.0, 0.0]}, {1: [1.0, 1.0]}) is None
    found = judge_change("x", {1: [1.0, 1.0], 2: [5.0, 5.0]}, {1: [2.0, 2.0], 3: [1.0]})
    assert found.ratio == 2.0


def test_tiny_changes_are_no_difference_however_certain() -> None:
    before = {1: [1.0, 1.0, 1.0001]}
    assert judge_change("x", before, {1: [0.985, 0.985, 0.985]}).word == "no difference shown"


def test_repeats_that_agree_to_the_digit_are_no_surer_than_their_windows() -> None:
    before, after = {8: [4.0, 4.0, 4.001]}, {8: [4.4, 4.4, 4.401]}
    assert judge_change("x", before, after).word == "better"
    assert judge_change("x", before, after, requests={8: (16, 18)}).word == "no difference shown"
    assert judge_change("x", before, after, requests={8: (80, 88)}).word == "better"
