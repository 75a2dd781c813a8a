from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.domain.document import PageWindow
from mineru_cli.sources.pages import PageSelection
from mineru_cli.sources.plan import unwanted, windows

SELECTIONS = st.sampled_from([None, "1-5,8", "3-", "-7", "40", "1,30,90-"]).map(PageSelection.parse)


@given(st.integers(0, 200), st.integers(1, 20), SELECTIONS, st.sets(st.integers(0, 200)), st.integers(0, 50))
def test_every_wanted_page_is_in_exactly_one_window(count, size, selection, done, start):
    found = windows(count, size, selection=selection, done=done, start=start)
    handed_out = [
        page
        for window in found
        for page in range(window.start, window.stop)
        if page not in unwanted(window, selection=selection, done=done)
    ]
    assert handed_out == [page for page in selection.indices(count) if page >= start and page not in done]


@given(st.integers(1, 5000), st.integers(1, 64))
def test_windows_are_balanced_and_bounded(count, size):
    lengths = [len(window) for window in windows(count, size)]
    assert max(lengths) <= size
    assert max(lengths) - min(lengths) <= 1


def test_the_first_window_needs_no_page_count():
    assert windows(None, 16) == [PageWindow(0, 16)]
    assert windows(None, 16, selection=PageSelection.parse("5-"), done={4, 5}) == [PageWindow(6, 22)]
    assert windows(None, 16, selection=PageSelection.parse("2"), done={1}) == []


def test_the_rest_follows_the_first_window():
    assert windows(40, 16, start=16) == [PageWindow(16, 28), PageWindow(28, 40)]
    assert windows(16, 16, start=16) == []


def test_far_pages_share_no_window():
    assert windows(5000, 16, selection=PageSelection.parse("1,4000")) == [
        PageWindow(0, 1),
        PageWindow(3999, 4000),
    ]
