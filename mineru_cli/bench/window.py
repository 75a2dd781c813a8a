"""The steady part of a run: what lies before (warm-up) and after (the slots running empty) is left out. Pure.

A page that lies across an edge counts by the share of its time inside. Counting it whole or not at all would
make a short window's throughput jump by a page's worth; this way the edges are no source of noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageTime:
    """One page that was read. Times in seconds on one clock; ``start`` is when its reading began.

    ``valid`` is false for a page with a known flaw. Tokens are the model server's own count.
    """

    start: float
    end: float
    valid: bool = True
    prompt_tokens: int = 0
    completion_tokens: int = 0
    requests: int = 0

    @property
    def seconds(self) -> float:
        """From the first touch of the page to its result."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Window:
    """From ``begin`` to ``end``, in seconds on the pages' clock."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.begin

    def holds(self, at: float) -> bool:
        """Whether a moment lies in it."""
        return self.begin <= at <= self.end

    def share_of(self, page: PageTime) -> float:
        """The share (0-1) of the page's time that lies inside."""
        if page.seconds <= 0:
            return float(self.holds(page.end))
        inside = min(page.end, self.end) - max(page.start, self.begin)
        return max(0.0, inside) / page.seconds


@dataclass(frozen=True, slots=True)
class Flow:
    """Work done in a window, in pages' worth. ``good`` pages are valid and within the objective."""

    pages: float
    good: float
    prompt_tokens: float
    completion_tokens: float
    requests: float


def flow(pages: Sequence[PageTime], window: Window, slo: float | None = None) -> Flow:
    """The work of ``pages`` that falls into the window. ``slo`` is the longest good page, in seconds."""
    count = good = prompt = completion = requests = 0.0
    for page in pages:
        share = window.share_of(page)
        count += share
        good += share * (page.valid and (slo is None or page.seconds <= slo))
        prompt += share * page.prompt_tokens
        completion += share * page.completion_tokens
        requests += share * page.requests
    return Flow(count, good, prompt, completion, requests)


def whole(pages: Sequence[PageTime]) -> Window | None:
    """From the first page's start to the last page's end."""
    if not pages:
        return None
    return Window(min(page.start for page in pages), max(page.end for page in pages))


def full_window(pages: Sequence[PageTime]) -> Window | None:
    """The steady window of a run that ended by itself: from its first page done to its last page begun.

    None when pages were so few that the last began before the first was done.
    """
    if not pages:
        return None
    begin, end = min(page.end for page in pages), max(page.start for page in pages)
    return Window(begin, end) if end > begin else None
