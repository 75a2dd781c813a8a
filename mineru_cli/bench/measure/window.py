"""The steady window of a run, without warm-up and draining. Pure.

Rates in a window are weighted by a parabola, most in the middle and zero at the edges: a plain count depends
on what happens to end just before an edge. The share of good pages and the tokens per page come from the
pages that ended in the window, their speed from ``pace``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

LEAST = 2
"""Least number of pages in a window."""


@dataclass(frozen=True, slots=True)
class PageTime:
    """One page that was read. Times in seconds on one clock; ``end - start`` is its duration.

    ``valid`` is false for a page with a known flaw. Tokens are the model server's own count. Of its
    ``requests``, ``retried`` failed and were retried, the others were answered.
    """

    start: float
    end: float
    valid: bool = True
    prompt_tokens: int = 0
    completion_tokens: int = 0
    requests: int = 0
    retried: int = 0

    @property
    def seconds(self) -> float:
        """Reading and all requests, not the wait for the first slot; in an open loop since it was due."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Window:
    """After ``begin`` up to ``end``, in seconds on the pages' clock."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.begin

    def holds(self, at: float) -> bool:
        """Whether a moment lies in it; the start is exclusive."""
        return self.begin < at <= self.end


@dataclass(frozen=True, slots=True)
class Flow:
    """Work per second. ``good`` pages are valid and within the objective."""

    pages: float
    good: float
    prompt_tokens: float
    completion_tokens: float
    requests: float

    def paced(self, pages: float) -> Flow:
        """The same mix of work at ``pages`` pages per second."""
        return Flow(*(value * pages / self.pages for value in astuple(self))) if self.pages else self


def flow(pages: Sequence[PageTime], window: Window, slo: float | None = None) -> Flow:
    """Rates at which pages were done in all of the window. ``slo`` is the longest good page, in seconds."""
    share = 1.0 / max(window.seconds, 1e-9)
    return _summed([(share, page) for page in pages if window.holds(page.end)], slo)


def steady_flow(pages: Sequence[PageTime], window: Window, slo: float | None = None) -> Flow:
    """``flow`` weighted by the parabola, whose weights average 1 over the window."""
    half = max(window.seconds, 1e-9) / 2
    middle = window.begin + half
    weighed = [
        (1.5 * (1.0 - ((page.end - middle) / half) ** 2) / (2 * half), page)
        for page in pages
        if window.holds(page.end)
    ]
    return _summed(weighed, slo)


def weight_before(window: Window, at: float) -> float:
    """The share of the window's weight (the same parabola) that lies before a moment, 0 to 1."""
    half = max(window.seconds, 1e-9) / 2
    place = min(max((at - window.begin - half) / half, -1.0), 1.0)
    return 0.5 + 0.75 * (place - place**3 / 3)


def has_work(pages: Sequence[PageTime], window: Window) -> bool:
    """Whether a page was done before the window and two in it, the minimum for a steady state."""
    return any(page.end <= window.begin for page in pages) and (
        sum(window.holds(page.end) for page in pages) >= LEAST
    )


def whole(pages: Sequence[PageTime]) -> Window | None:
    """From the first page's start to the last page's end."""
    if not pages:
        return None
    return Window(min(page.start for page in pages), max(page.end for page in pages))


def _summed(weighed: Sequence[tuple[float, PageTime]], slo: float | None) -> Flow:
    return Flow(
        sum(weight for weight, _ in weighed),
        sum(weight for weight, page in weighed if page.valid and (slo is None or page.seconds <= slo)),
        sum(weight * page.prompt_tokens for weight, page in weighed),
        sum(weight * page.completion_tokens for weight, page in weighed),
        sum(weight * page.requests for weight, page in weighed),
    )
