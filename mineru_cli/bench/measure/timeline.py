"""A measurement in steps of a second, for a chart. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from mineru_cli.bench.measure.metrics import Moment
from mineru_cli.bench.measure.recording import Recording
from mineru_cli.bench.measure.window import PageTime, Window

MOST = 300
"""Maximum of points; a longer measurement has wider steps."""


def timeline(recording: Recording, span: Window) -> tuple[Moment, ...]:
    """Pages per second, requests in flight, both queues and GPU utilisation over the measurement."""
    if span.seconds <= 0:
        return ()
    step = max(1.0, span.seconds / MOST)
    count = int(span.seconds / step) + 1
    pages = _pages(recording.pages, span, step, count)
    in_flight = _levels(((at, g.worker, g.in_flight) for at, g in recording.gauges), span, step, count)
    queued = _levels(((at, g.worker, g.queued) for at, g in recording.gauges), span, step, count)
    waiting = _levels(
        (
            (at, url, value)
            for at, scrape in recording.scrapes
            for url, series in scrape.items()
            if (value := series.total("num_requests_waiting")) is not None
        ),
        span, step, count,
    )  # fmt: skip
    gpu = _means(
        ((at, g.utilisation) for at, g in recording.gpus if g.utilisation is not None), span, step, count
    )
    return tuple(
        Moment(
            number * step, pages[number] / step, *(row[number] for row in (in_flight, queued, waiting, gpu))
        )
        for number in range(count)
    )


def last_sums(samples: Iterable[tuple[float, object, float]], times: Iterable[float]) -> list[float]:
    """At each of the ``times`` the sum over sources of the last value of each. Both in the order of time."""
    latest: dict[object, float] = {}
    sums, rest = [], iter(samples)
    ahead = next(rest, None)
    for time in times:
        while ahead is not None and ahead[0] <= time:
            latest[ahead[1]] = ahead[2]
            ahead = next(rest, None)
        sums.append(sum(latest.values()))
    return sums


def _pages(pages: Iterable[PageTime], span: Window, step: float, count: int) -> list[float]:
    """Pages per step, each page spread over its time."""
    sums = [0.0] * count
    for page in pages:
        first = max(0, int((page.start - span.begin) / step))
        for number in range(first, min(count, int((page.end - span.begin) / step) + 1)):
            begin = span.begin + number * step
            inside = min(page.end, begin + step) - max(page.start, begin)
            sums[number] += max(0.0, inside) / max(page.seconds, 1e-9)
    return sums


def _levels(
    samples: Iterable[tuple[float, object, float]], span: Window, step: float, count: int
) -> list[float | None]:
    """The sum over sources of the last value of each, in every step; None before the first."""
    changes: list[list[tuple[object, float]]] = [[] for _ in range(count)]
    for at, source, value in samples:
        number = int((at - span.begin) / step)
        if number < count:
            changes[max(0, number)].append((source, value))
    latest: dict[object, float] = {}
    levels: list[float | None] = []
    for step_changes in changes:
        latest.update(step_changes)
        levels.append(sum(latest.values()) if latest else None)
    return levels


def _means(
    samples: Iterable[tuple[float, float]], span: Window, step: float, count: int
) -> list[float | None]:
    found: list[list[float]] = [[] for _ in range(count)]
    for at, value in samples:
        number = int((at - span.begin) / step)
        if 0 <= number < count:
            found[number].append(value)
    return [sum(values) / len(values) if values else None for values in found]
