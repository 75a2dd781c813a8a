"""The steady part of a run: what lies before (warm-up) and after (the slots running empty) is left out. Pure.

A window is snapped to the moments at which pages were done: n pages in the time from one page's end to the
n-th end after it. Edges at any other place would count a part of a page as a whole one, or not at all.
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
    """After ``begin`` up to ``end``, in seconds on the pages' clock."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.begin

    def holds(self, at: float) -> bool:
        """Whether a moment lies in it. The first moment belongs to what was before."""
        return self.begin < at <= self.end


@dataclass(frozen=True, slots=True)
class Flow:
    """Pages done in a window and what they took. ``good`` ones are valid and within the objective."""

    pages: int
    good: int
    prompt_tokens: int
    completion_tokens: int
    requests: int


def flow(pages: Sequence[PageTime], window: Window, slo: float | None = None) -> Flow:
    """The pages that ended in the window. ``slo`` is the longest good page, in seconds."""
    done = [page for page in pages if window.holds(page.end)]
    good = sum(page.valid and (slo is None or page.seconds <= slo) for page in done)
    return Flow(
        len(done),
        good,
        sum(page.prompt_tokens for page in done),
        sum(page.completion_tokens for page in done),
        sum(page.requests for page in done),
    )


def snapped(pages: Sequence[PageTime], window: Window) -> Window | None:
    """The window from the last page done before it to the last page done in it.

    None when no page was done before it, or none in it: then nothing can be said of a steady state.
    """
    before = [page.end for page in pages if page.end <= window.begin]
    inside = [page.end for page in pages if window.holds(page.end)]
    return Window(max(before), max(inside)) if before and inside else None


def whole(pages: Sequence[PageTime]) -> Window | None:
    """From the first page's start to the last page's end."""
    if not pages:
        return None
    return Window(min(page.start for page in pages), max(page.end for page in pages))
