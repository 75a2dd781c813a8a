"""The report's charts over time, from a run's timelines or else from its ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from mineru_cli.observe.timeline import BreakerChange, GpuTimeline, RunTimeline
from mineru_cli.ui.format import counted
from mineru_cli.ui.non_default_settings import without_credentials
from mineru_cli.ui.plain_text import visible
from mineru_cli.ui.report.charts import Chart, ChartBand, ChartLine, bands, chart
from mineru_cli.ui.report.scale import Tick, ceiling, stopwatch, time_ticks
from mineru_cli.ui.report.series import Points, average, from_events, means, rates

SMALLEST_RATE = 0.1
"""Top of an axis without data."""


@dataclass(frozen=True, slots=True)
class Gpus:
    """All GPUs together: mean utilisation (0-1), its source, energy in joules."""

    mean: float | None = None
    source: str = ""
    energy: float | None = None


@dataclass(frozen=True, slots=True)
class BreakerChart:
    """A server's breaker over the run."""

    server: str
    bands: tuple[ChartBand, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class Timelines:
    """``slots_used`` is requests in flight over the limit, 0-1; ``queue`` is the servers' own, on average.

    ``missing`` explains missing charts.
    """

    charts: tuple[Chart, ...]
    breakers: tuple[BreakerChart, ...] = ()
    across: tuple[Tick, ...] = ()
    slots_used: float | None = None
    queue: float | None = None
    gpus: Gpus = field(default_factory=Gpus)
    missing: tuple[str, ...] = ()


def from_timeline(timeline: RunTimeline) -> Timelines:
    """Charts of a timeline."""
    seconds = max(timeline.seconds, 1.0)
    in_flight, limit = means(timeline.in_flight, seconds), means(timeline.limit, seconds)
    gpu_points = [means(gpu.utilisation, seconds) for gpu in timeline.gpus.values()]
    gpu_points = [points for points in gpu_points if points.known]
    charts = [_pages(timeline, seconds), _load(in_flight, limit, seconds)]
    running, waiting = _in_servers(timeline, seconds)
    charts += _gpu_chart(timeline, gpu_points, seconds) + _queue(running, waiting, seconds)
    charts += [_faults(timeline, seconds)]
    missing = () if gpu_points else ("GPU: no source on this machine reports how busy it is.",)
    return Timelines(
        tuple(charts),
        tuple(_breaker(name, server.breaker, seconds) for name, server in timeline.servers.items()),
        time_ticks(seconds),
        _share(_without(in_flight, outages(timeline)), limit),
        waiting.mean,
        _gpus(timeline, gpu_points),
        missing,
    )


def from_ledger(finished: Iterable[tuple[float, int, int]], started: float, seconds: float) -> Timelines:
    """Pages per second, coarsely, from the times at which documents were finished."""
    seconds = max(seconds, 1.0)
    ends = ((at - started, float(pages - lost)) for at, pages, lost in finished)
    points = rates(from_events(ends, seconds), seconds)
    note = "counted when their document was finished"
    drawn = chart(
        "Pages per second", note, "pages/s", [ChartLine("pages", "one", points)], seconds, top=_top(points)
    )
    return Timelines(
        (drawn,), missing=("No timelines were kept of this run: the ledger knows documents only.",)
    )


def _pages(timeline: RunTimeline, seconds: float) -> Chart:
    points = rates(timeline.pages, seconds)
    tokens = sum(value or 0 for value in timeline.tokens.values)
    note = f"{tokens / seconds:,.0f} tokens/s written on average" if tokens else ""
    return chart(
        "Pages per second", note, "pages/s", [ChartLine("pages", "one", points)], seconds, top=_top(points)
    )


def _load(in_flight: Points, limit: Points, seconds: float) -> Chart:
    lines = [ChartLine("in flight", "one", in_flight), ChartLine("limit", "bound", limit)]
    return chart("Requests in flight", "the dashed line is the limit", "requests", lines, seconds)


def _gpu_chart(timeline: RunTimeline, points: Sequence[Points], seconds: float) -> list[Chart]:
    if not points:
        return []
    percents = [_scaled(one, 100) for one in points]
    names = [visible(name, 60) for name, gpu in timeline.gpus.items() if _known(gpu)]
    lines = [ChartLine("mean" if len(percents) > 1 else "GPU", "one", average(percents))]
    if len(percents) > 1:
        lines += [ChartLine(name, "faint", one) for name, one in zip(names, percents, strict=False)]
    return [chart("GPU in use", _gpus(timeline, points).source, "%", lines, seconds, top=100)]


def _in_servers(timeline: RunTimeline, seconds: float) -> tuple[Points, Points]:
    """Requests running on the servers and waiting in their queues, summed over servers."""
    servers = timeline.servers.values()
    running = _total([means(server.running, seconds) for server in servers])
    return running, _total([means(server.waiting, seconds) for server in servers])


def _queue(running: Points, waiting: Points, seconds: float) -> list[Chart]:
    if not running.known and not waiting.known:
        return []
    lines = [ChartLine("running", "one", running), ChartLine("waiting", "two", waiting)]
    return [chart("In the server", "by its own metrics", "requests", lines, seconds)]


def _faults(timeline: RunTimeline, seconds: float) -> Chart:
    retries = _scaled(rates(timeline.retries, seconds), 60)
    failed = _scaled(rates(timeline.failed_pages, seconds), 60)
    lines = [ChartLine("retries", "two", retries), ChartLine("lost pages", "bad", failed)]
    codes = ", ".join(f"{visible(code, 40)} {number:,}" for code, number in timeline.retries_by_code.items())
    top = ceiling(max(retries.top, failed.top, 1))
    return chart("Retries and lost pages per minute", codes or "none", "per minute", lines, seconds, top=top)


def _breaker(name: str, changes: Sequence[BreakerChange], seconds: float) -> BreakerChart:
    drawn = bands(changes, seconds)
    shut = sum(band.width for band in drawn if band.state == "open") / 100 * seconds
    opened = sum(band.state == "open" for band in drawn)
    summary = f"open {counted(opened, 'time')}, {stopwatch(shut)} in all" if opened else "closed throughout"
    return BreakerChart(without_credentials(visible(name, 200)), drawn, summary)


def _gpus(timeline: RunTimeline, points: Sequence[Points]) -> Gpus:
    if not points:
        return Gpus()
    sources = {gpu.source for gpu in timeline.gpus.values() if _known(gpu)}
    energies = [gpu.energy for gpu in timeline.gpus.values() if gpu.energy]
    return Gpus(average(points).mean, ", ".join(sorted(sources)), sum(energies) if energies else None)


def _known(gpu: GpuTimeline) -> bool:
    """A GPU that was idle throughout counts as known."""
    return any(value is not None for value in gpu.utilisation.values)


def _total(many: Sequence[Points]) -> Points:
    mean = average(many)
    return _scaled(mean, sum(bool(points.known) for points in many))


def _scaled(points: Points, factor: float) -> Points:
    return replace(points, values=tuple(None if one is None else one * factor for one in points.values))


def outages(timeline: RunTimeline) -> list[tuple[float, float]]:
    """Times, from and to in seconds since the start, at which the breakers of all servers were open."""
    ends = sorted({change.at for server in timeline.servers.values() for change in server.breaker})
    marks = [0.0, *ends, timeline.seconds]
    found = []
    for start, end in pairwise(marks):
        states = [_state(server.breaker, start) for server in timeline.servers.values()]
        if end > start and states and all(state == "open" for state in states):
            found.append((start, end))
    return found


def _state(changes: Sequence[BreakerChange], at: float) -> str:
    return next((change.state for change in reversed(changes) if change.at <= at), "closed")


def _without(points: Points, spans: Sequence[tuple[float, float]]) -> Points:
    """The points, unknown within the spans."""
    values = tuple(
        None if any(start <= at <= end for start, end in spans) else value
        for at, value in zip(points.at, points.values, strict=True)
    )
    return replace(points, values=values)


def _share(part: Points, whole: Points) -> float | None:
    """Mean ratio of two series, where the second is not zero."""
    pairs = zip(part.values, whole.values, strict=False)
    known = [(a, b) for a, b in pairs if a is not None and b]
    return sum(a for a, _ in known) / sum(b for _, b in known) if known else None


def _top(points: Points) -> float:
    return ceiling(max(points.top, SMALLEST_RATE))
