"""When documents come in: at once as there is room (closed loop), or by chance at a rate (open loop)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from random import Random

import anyio

from mineru_cli.domain.document import DocumentRef


async def closed_loop(documents: Iterator[DocumentRef]) -> AsyncIterator[DocumentRef]:
    """The next document whenever it is asked for."""
    while (document := await _next(documents)) is not None:
        yield document


def due_times(rate: float, random: Random) -> Iterator[float]:
    """Seconds from the start at which documents are due: a Poisson process of ``rate`` a second."""
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
    """Each document when it is due, late only when nobody took it up.

    ``arrivals`` gets the due times, ``late`` by how much each was late and when that was seen.
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
    """Made in a thread: it may write a file."""
    return await anyio.to_thread.run_sync(next, documents, None)
