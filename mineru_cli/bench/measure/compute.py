"""Computes metrics from a recording. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mineru_cli.bench.knee import judge_saturation
from mineru_cli.bench.measure.arrivals import answered_rate
from mineru_cli.bench.measure.metrics import ClientFigures, GpuFigures, LoadTotals, Rates, RunFigures
from mineru_cli.bench.measure.recording import Recording
from mineru_cli.bench.measure.server_metrics import server_figures
from mineru_cli.bench.measure.timeline import last_sums, timeline
from mineru_cli.bench.measure.window import Flow, PageTime, Window, flow, has_work, steady_flow, whole
from mineru_cli.domain.events import GpuGauge
from mineru_cli.stats.descriptive import LatencySummary, mean_of_known
from mineru_cli.telemetry.gpu import UNAVAILABLE


def compute_metrics(
    recording: Recording,
    window: Window | None,
    *,
    concurrency: int,
    rate: float | None = None,
    slo: float | None = None,
    gpu_drivers_mapped: int | None = None,
) -> RunFigures:
    """All metrics of one measurement.

    ``window`` is the intended steady state, None without one. ``rate`` is that of an open loop.
    """
    pages = recording.pages
    window = window if window and has_work(pages, window) else None
    everything = whole(pages) or Window(recording.started, recording.started)
    inner = window or everything
    steady = _rates(pages, window, _steady(recording, window, slo)) if window else None
    all_of_it = _rates(pages, everything, flow(pages, everything, slo))
    done = tuple(page.seconds for page in pages if inner.holds(page.end)) or tuple(p.seconds for p in pages)
    best = steady or all_of_it
    return RunFigures(
        concurrency=concurrency,
        workers=recording.workers,
        whole=all_of_it,
        steady=steady,
        totals=_totals(recording),
        page_seconds=LatencySummary.of(done),
        document_seconds=LatencySummary.of(
            [one.seconds for one in recording.documents if inner.holds(one.at)]
        ),
        page_times=done,
        errors=dict(Counter(failure.code for failure in recording.failures)),
        retries=dict(recording.retried),
        server=server_figures(recording, inner),
        gpu=gpu_figures(recording.gpus, inner, best.pages_per_second),
        client=_client(recording, inner, best, gpu_drivers_mapped),
        saturation=judge_saturation(
            _queue(recording, inner, rate or 0.0), [(p.end, p.seconds) for p in pages if inner.holds(p.end)]
        ),
        timeline=timeline(recording, everything),
        window=(window.begin - everything.begin, window.end - everything.begin) if window else None,
        notices=tuple(dict.fromkeys(recording.notices)),
    )


def _steady(recording: Recording, window: Window, slo: float | None) -> Flow:
    """The mix of work is that of pages that ended in the window, its pace that of requests answered in it.

    Requests per page are averaged over the whole run: among pages that overlap the window, long ones are
    over-represented.
    """
    pages = recording.pages
    mix = steady_flow(pages, window, slo)
    workers = {gauge.worker for _, gauge in recording.gauges}
    counts = ([(at, g.answered) for at, g in recording.gauges if g.worker == w] for w in workers)
    rate = answered_rate(counts, window)
    answered = sum(page.requests - page.retried for page in pages)
    answered += sum(one.answered for one in recording.failed)
    return mix.paced(rate * len(pages) / answered) if rate and answered else mix


def _rates(pages: Sequence[PageTime], window: Window, done: Flow) -> Rates:
    return Rates(
        seconds=window.seconds,
        pages=sum(window.holds(page.end) for page in pages),
        pages_per_second=done.pages,
        good_pages_per_second=done.good,
        requests_per_second=done.requests,
        prompt_tokens_per_second=done.prompt_tokens,
        completion_tokens_per_second=done.completion_tokens,
    )


def _totals(recording: Recording) -> LoadTotals:
    pages = recording.pages
    return LoadTotals(
        pages=len(pages),
        failed_pages=len(recording.failed),
        documents=len(recording.documents),
        requests=sum(page.requests for page in pages),
        prompt_tokens=sum(page.prompt_tokens for page in pages),
        completion_tokens=sum(page.completion_tokens for page in pages),
        flawed_pages=sum(not page.valid for page in pages),
    )


def _queue(recording: Recording, window: Window, rate: float) -> list[tuple[float, float]]:
    """Queues over time: waiting requests, and documents that are due and not started."""
    waiting = [
        (at, sum(counts))
        for at, scrape in recording.scrapes
        if (counts := _known([series.total("num_requests_waiting") for series in scrape.values()])) or rate
    ]
    times = [at for at, _ in waiting]
    here = last_sums([(at, gauge.worker, float(gauge.queued)) for at, gauge in recording.gauges], times)
    late = last_sums([(at, None, rate * seconds) for at, seconds in recording.late], times)
    points = zip(waiting, here, late, strict=True)
    return [(at, there + ours + due) for (at, there), ours, due in points if window.holds(at)]


def gpu_figures(samples: Sequence[tuple[float, GpuGauge]], window: Window, speed: float) -> GpuFigures:
    """Means over the window, at ``speed`` pages per second."""
    inside = [(at, gauge) for at, gauge in samples if window.holds(at) and gauge.gpu]
    if not inside:
        return GpuFigures()
    gauges = [gauge for _, gauge in inside]
    names = tuple(dict.fromkeys(gauge.gpu for gauge in gauges))
    sources = [gauge.source for gauge in gauges if gauge.utilisation is not None]
    source = max(set(sources), key=sources.count) if sources else UNAVAILABLE
    drawn = _sum([_watts([(at, g) for at, g in inside if g.gpu == name]) for name in names])
    return GpuFigures(
        source=source,
        utilisation=mean_of_known([g.utilisation for g in gauges if g.source == source]),
        memory_used=_sum([mean_of_known([g.memory_used for g in gauges if g.gpu == name]) for name in names]),
        power=_sum([mean_of_known([g.power for g in gauges if g.gpu == name]) for name in names]),
        energy_per_page=drawn / speed if drawn is not None and speed else None,
        names=names,
    )


def _watts(gauges: Sequence[tuple[float, GpuGauge]]) -> float | None:
    """From the energy counter if there is one, else the mean power."""
    readings = [(at, gauge.energy) for at, gauge in gauges if gauge.energy is not None]
    if len(readings) > 1 and readings[-1][0] > readings[0][0]:
        return (readings[-1][1] - readings[0][1]) / (readings[-1][0] - readings[0][0])
    return mean_of_known([gauge.power for _, gauge in gauges])


def _client(
    recording: Recording, window: Window, rates: Rates, gpu_drivers_mapped: int | None
) -> ClientFigures:
    inside = [(at, gauge) for at, gauge in recording.gauges if window.holds(at)]
    workers = {gauge.worker for _, gauge in inside}
    queued = _sum([mean_of_known([g.queued for _, g in inside if g.worker == w]) for w in workers])
    in_flight = _sum([mean_of_known([g.in_flight for _, g in inside if g.worker == w]) for w in workers])
    rate = rates.requests_per_second
    return ClientFigures(
        cpu_seconds_per_page=_cpu_per_page(recording, window, rates),
        queue_seconds=queued / rate if queued is not None and rate else None,
        request_seconds=in_flight / rate if in_flight is not None and rate else None,
        in_flight=in_flight,
        memory_per_worker=max((gauge.rss for _, gauge in inside), default=None),
        worker_start_seconds=max(recording.worker_starts, default=None),
        gpu_drivers_mapped=gpu_drivers_mapped,
    )


def _cpu_per_page(recording: Recording, window: Window, rates: Rates) -> float | None:
    """CPU seconds per second of workers and coordinator, over pages per second."""
    tracks: dict[int, list[tuple[float, float]]] = {}
    if recording.own_cpu:
        tracks[-1] = recording.own_cpu
    for at, gauge in recording.gauges:
        tracks.setdefault(gauge.worker, []).append((at, gauge.cpu_seconds))
    used = 0.0
    for track in tracks.values():
        inside = [sample for sample in track if window.holds(sample[0])]
        if len(inside) < 2:  # a window shorter than two samples: use the whole run
            inside = track
        (first, before), (last, after) = inside[0], inside[-1]
        used += (after - before) / (last - first) if last > first else 0.0
    return used / rates.pages_per_second if used and rates.pages_per_second else None


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _sum(values: Sequence[float | None]) -> float | None:
    known = _known(values)
    return sum(known) if known else None
