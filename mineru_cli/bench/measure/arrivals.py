"""Arrival of documents: in a closed loop, or at a rate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from random import Random

import anyio

from mineru_cli.bench.measure.window import Window, weight_before
from mineru_cli.domain.document import DocumentRef


async def closed_loop(documents: Iterator[DocumentRef]) -> AsyncIterator[DocumentRef]:
    """The next document on demand."""
    while (document := await _next(documents)) is not None:
        yield document


def due_times(rate: float, random: Random) -> Iterator[float]:
    """Seconds from the start at which documents are due: a Poisson process of ``rate`` per second."""
    at = 0.0
    while True:
        at += random.expovariate(rate)
        yield at


async def open_loop(
    documents: Iterator[DocumentRef],
    due: Iterator[float],
    arrivals: dict[str, float],
    late: list[tuple[float, float]],
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]],
) -> AsyncIterator[DocumentRef]:
    """Each document when it is due, later only if no worker was free.

    ``arrivals`` gets the due times, ``late`` the delay of each and when it was observed.
    """
    began = clock()
    for after in due:
        document = await _next(documents)
        if document is None:
            return
        arrivals[document.key] = began + after
        await sleep(max(0.0, began + after - clock()))
        late.append((clock(), max(0.0, clock() - began - after)))
        yield document


async def _next(documents: Iterator[DocumentRef]) -> DocumentRef | None:
    """Create it in a thread: it may write a file."""
    return await anyio.to_thread.run_sync(next, documents, None)


LEAST = 4
"""Samples of a worker's counter required inside the window."""

Counts = Sequence[tuple[float, int]]
"""(moment, requests answered since the worker's start), in the order of time."""


def answered_rate(workers: Iterable[Counts], window: Window) -> float | None:
    """Requests answered per second over all workers, weighted as ``steady_flow`` weights pages.

    None if a worker was sampled too rarely.
    """
    rates = [_rate(counts, window) for counts in workers]
    known = [rate for rate in rates if rate is not None]
    return sum(known) if known and len(known) == len(rates) else None


def _rate(counts: Counts, window: Window) -> float | None:
    if sum(window.holds(at) for at, _ in counts) < LEAST:
        return None
    seen = weighed = 0.0
    for (at, before), (then, after) in pairwise(counts):
        weight = weight_before(window, then) - weight_before(window, at)
        if weight <= 0.0 or then <= at:
            continue
        grown = after - before if after >= before else after  # a restarted worker counts from zero
        seen += weight
        weighed += weight * grown / (then - at)
    return weighed / seen if seen else None
