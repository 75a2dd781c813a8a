import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.bench.knee import find_knee

LEVELS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


def server(slots: float, seconds: float, levels=LEVELS, noise=0.0, seed=0) -> list[tuple[float, float]]:
    """Throughput of a server with so many slots, each request taking so many seconds."""
    dice = random.Random(seed)
    return [(level, min(level, slots) / seconds * (1 + dice.gauss(0, noise))) for level in levels]


@pytest.mark.parametrize("slots", [8, 32, 100])
@pytest.mark.parametrize("seed", range(20))
def test_within_a_tenth_of_the_truth_under_noise(slots: int, seed: int) -> None:
    found = find_knee([p for r in range(3) for p in server(slots, 2.0, noise=0.03, seed=seed * 3 + r)])
    assert found.knee is not None
    assert found.knee.concurrency == pytest.approx(slots, rel=0.1)
    assert found.knee.pages_per_second == pytest.approx(slots / 2, rel=0.1)


@given(st.floats(3, 60), st.floats(0.01, 100), st.randoms())
def test_exact_figures_give_the_exact_knee_in_any_order(slots: float, seconds: float, dice) -> None:
    points = server(slots, seconds)
    dice.shuffle(points)
    knee = find_knee(points).knee
    assert knee is not None
    assert knee.concurrency == pytest.approx(slots, rel=0.02)


def test_a_server_that_slows_down_when_crowded_has_its_knee_at_the_top() -> None:
    points = [(1, 1.0), (2, 2.0), (4, 4.0), (8, 8.0), (16, 7.5), (32, 7.0), (64, 6.0)]
    assert find_knee(points).knee.concurrency == pytest.approx(7, rel=0.2)


@pytest.mark.parametrize("slots", [200, 500])
def test_no_knee_where_none_was_reached(slots: int) -> None:
    found = find_knee(server(slots, 1.0, levels=(1, 2, 4, 8, 16, 32, 64, 128)))
    assert found.knee is None
    assert "not reached" in found.reason


def test_one_level_beyond_shows_no_bend() -> None:
    found = find_knee(server(8, 1.0, levels=(1, 2, 4, 8, 16)))
    assert found.knee is None
    assert "not reached" in found.reason


def test_two_levels_are_too_few_and_dead_levels_do_not_count() -> None:
    assert "three levels" in find_knee([(1, 1), (2, 2)]).reason
    assert "three levels" in find_knee([(1, 1), (2, 2), (4, 0.0)]).reason
    assert find_knee([]).knee is None
