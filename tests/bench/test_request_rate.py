import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.bench.measure.arrivals import answered_rate
from mineru_cli.bench.measure.window import Window, weight_before

WINDOW = Window(10.0, 30.0)


def looks(rate: float, phase: float = 0.0, start: float = 0.0, end: float = 40.0) -> list[tuple[float, int]]:
    """A worker that answers evenly, looked at twice a second."""
    times = [start + phase + 0.5 * n for n in range(int((end - start) * 2))]
    return [(at, int((at - start) * rate)) for at in times]


@given(st.floats(2, 500), st.floats(0, 0.49), st.floats(0, 1))
def test_an_even_flow_gives_its_rate_wherever_the_looks_lie(rate, phase, shift) -> None:
    found = answered_rate([looks(rate, phase)], Window(10 + shift, 30 + shift))
    assert found == pytest.approx(rate, rel=0.02, abs=0.1)


def test_workers_add_up_and_one_restarted_counts_from_zero() -> None:
    again = [*looks(8, end=20), *looks(8, start=20, end=40)]
    assert answered_rate([looks(10), looks(30), again], WINDOW) == pytest.approx(48, rel=0.02)


def test_counts_that_end_with_the_window_are_enough() -> None:
    assert answered_rate([looks(40, end=29.6)], WINDOW) == pytest.approx(40, rel=0.01)


def test_too_few_looks_say_nothing() -> None:
    assert answered_rate([], WINDOW) is None
    assert answered_rate([looks(10), [(12.0, 5), (20.0, 50)]], WINDOW) is None


def test_all_weight_lies_in_the_window() -> None:
    shares = [weight_before(WINDOW, at) for at in (0.0, 10.0, 20.0, 30.0, 99.0)]
    assert shares == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0])
