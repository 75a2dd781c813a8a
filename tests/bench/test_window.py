import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.bench.measure.window import PageTime, Window, flow, has_work, steady_flow, whole


def page(end: float, seconds: float = 1.0, **more) -> PageTime:
    return PageTime(end - seconds, end, **more)


@given(st.floats(0.5, 20), st.floats(0, 0.99), st.integers(20, 60))
def test_regular_pages_give_their_rate_wherever_the_edges_lie(rate, phase, count) -> None:
    pages = [page((number + phase) / rate) for number in range(count)]
    window = Window((3 + phase / 2) / rate, (count - 4.3) / rate)
    assert steady_flow(pages, window).pages == pytest.approx(rate, rel=0.01)


@given(st.integers(2, 6), st.floats(0, 0.99))
def test_pages_that_end_in_bunches_do_not_depend_on_the_edges(bunch, phase) -> None:
    pages = [page(float(number // bunch)) for number in range(30 * bunch)]
    assert steady_flow(pages, Window(3 + phase, 23 + phase)).pages == pytest.approx(bunch, rel=0.01)


def test_all_work_is_weighed_as_its_page_is() -> None:
    pages = [page(float(n), prompt_tokens=70, completion_tokens=30, requests=7) for n in range(12)]
    done = steady_flow(pages, Window(1.5, 9.5), slo=2.0)
    assert (done.prompt_tokens, done.completion_tokens, done.requests, done.good) == pytest.approx(
        (70 * done.pages, 30 * done.pages, 7 * done.pages, done.pages)
    )


def test_only_pages_that_ended_inside_count() -> None:
    pages = [page(1.0), page(2.0, prompt_tokens=5, completion_tokens=2, requests=3), page(3.0, valid=False)]
    done = flow(pages, Window(1.0, 3.0), slo=1.5)
    assert (done.pages, done.good, done.prompt_tokens) == (1.0, 0.5, 2.5)
    assert (done.completion_tokens, done.requests) == (1.0, 1.5)


def test_good_pages_are_valid_and_quick() -> None:
    pages = [page(5.0, 1.0), page(5.0, 3.0), page(5.0, 1.0, valid=False)]
    assert flow(pages, Window(0, 6), slo=2.0).good == pytest.approx(1 / 6)
    assert flow(pages, Window(0, 6)).good == pytest.approx(2 / 6)


def test_without_a_page_before_and_two_inside_there_is_no_steady_window() -> None:
    assert has_work([page(0.5), page(2.0), page(3.0)], Window(1.0, 4.0))
    assert not has_work([page(2.0), page(3.0)], Window(1.0, 4.0))
    assert not has_work([page(0.5), page(2.0)], Window(1.0, 4.0))
    assert not has_work([], Window(1.0, 4.0))
    assert whole([]) is None
    assert whole([page(2.0), page(3.0, 2.5)]) == Window(0.5, 3.0)
