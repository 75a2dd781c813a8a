"""Splits a document into windows of pages, the units of work."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from mineru_cli.domain.document import PageWindow
from mineru_cli.sources.pages import PageSelection

_ALL = PageSelection()


def windows(
    page_count: int | None,
    window_pages: int,
    *,
    selection: PageSelection = _ALL,
    done: Collection[int] = (),
    start: int = 0,
) -> list[PageWindow]:
    """Windows with every selected page from ``start`` that is not ``done``, in order.

    With ``page_count`` None (the document was not opened yet) there is one window, the first: opening a
    document and reading its first pages are one unit. Call it again with the count, and ``start`` at the end
    of that window, for the rest. The windows of a contiguous range have equal numbers of pages, within one,
    and at most ``window_pages``, so that no short one remains. Other pages are inside a window only when the
    gap is smaller than a window; ``unwanted`` lists them.
    """
    if page_count is None:
        first = _first(selection, done, start)
        return [] if first is None else [PageWindow(first, first + window_pages)]
    wanted = [page for page in selection.indices(page_count) if page >= start and page not in done]
    return [window for run in _stretches(wanted, window_pages) for window in _balanced(run, window_pages)]


def unwanted(window: PageWindow, *, selection: PageSelection, done: Collection[int] = ()) -> tuple[int, ...]:
    """Pages of the window that need no work: ``Unit.skip``."""
    if not done and selection.everything:
        return ()
    pages = range(window.start, window.stop)
    return tuple(page for page in pages if page in done or not selection.contains(page))


def _first(selection: PageSelection, done: Collection[int], start: int) -> int | None:
    page = selection.first(start)
    while page is not None and page in done:
        page = selection.first(page + 1)
    return page


def _stretches(pages: list[int], gap: int) -> list[list[int]]:
    stretches: list[list[int]] = []
    for page in pages:
        if stretches and page - stretches[-1][-1] <= gap:
            stretches[-1].append(page)
        else:
            stretches.append([page])
    return stretches


def _balanced(pages: list[int], window_pages: int) -> list[PageWindow]:
    count = -(-len(pages) // window_pages)
    cuts = [len(pages) * number // count for number in range(count + 1)]
    return [PageWindow(pages[begin], pages[end - 1] + 1) for begin, end in pairwise(cuts)]
