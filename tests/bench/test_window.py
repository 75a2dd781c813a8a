import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.bench.window import PageTime, Window, flow, snapped, whole


def page(end: float, seconds: float = 1.0, **more) -> PageTime:
    return PageTime(end - seconds, end, **more)


@given(st.floats(0.5, 20), st.floats(0, 0.99), st.integers(20, 60))
def test_regular_pages_give_their_exact_rate_wherever_the_edges_lie(rate, phase, count) -> None:
    pages = [page((number + phase) / rate) for number in range(count)]
    window = snapped(pages, Window((3 + phase / 2) / rate, (count - 4.3) / rate))
    assert flow(pages, window).pages / window.seconds == pytest.approx(rate)


def test_only_pages_that_ended_inside_count() -> None:
    pages = [page(1.0), page(2.0, prompt_tokens=5, completion_tokens=2, requests=3), page(3.0, valid=False)]
    done = flow(pages, Window(1.0, 3.0), slo=1.5)
    assert (done.pages, done.good, done.prompt_tokens, done.completion_tokens, done.requests) == (
        2,
        1,
        5,
        2,
        3,
    )


def test_good_pages_are_valid_and_quick() -> None:
    pages = [page(5.0, 1.0), page(5.0, 3.0), page(5.0, 1.0, valid=False)]
    assert flow(pages, Window(0, 6), slo=2.0).good == 1
    assert flow(pages, Window(0, 6)).good == 2


def test_without_a_page_before_or_inside_there_is_no_steady_window() -> None:
    assert snapped([page(2.0), page(3.0)], Window(1.0, 4.0)) is None
    assert snapped([page(0.5)], Window(1.0, 4.0)) is None
    assert snapped([], Window(1.0, 4.0)) is None
    assert whole([]) is None
    assert whole([page(2.0), page(3.0, 2.5)]) == Window(0.5, 3.0)
