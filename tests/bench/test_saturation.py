import random

from mineru_cli.bench.knee import judge_saturation


def series(slope: float, start: float, noise: float, seed: int) -> list[tuple[float, float]]:
    dice = random.Random(seed)
    return [(x / 2, start + slope * x / 2 + dice.gauss(0, noise)) for x in range(40)]


def test_growing_queue_and_latency_mean_over_saturation() -> None:
    for seed in range(20):
        assert judge_saturation(series(2.0, 5, 2.0, seed), series(0.5, 3, 1.0, seed + 99)).over


def test_a_steady_queue_is_none_however_long() -> None:
    for seed in range(20):
        assert not judge_saturation(series(0.0, 300, 9.0, seed), series(0.0, 30, 5.0, seed + 99)).over


def test_both_must_grow() -> None:
    growing, steady = series(2.0, 5, 1.0, 1), series(0.0, 5, 1.0, 2)
    assert not judge_saturation(growing, steady).over
    assert not judge_saturation(steady, growing).over


def test_too_few_samples_are_no_verdict() -> None:
    found = judge_saturation([(0, 1)], [])
    assert not found.over
    assert found.queue_slope is None
    assert found.latency_slope is None
