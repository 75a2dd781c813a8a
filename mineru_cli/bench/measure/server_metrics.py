"""The servers' metrics over a window, from their scrapes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mineru_cli.bench.measure.metrics import ServerFigures
from mineru_cli.bench.measure.recording import Recording
from mineru_cli.bench.measure.window import Window
from mineru_cli.stats.descriptive import mean_of_known
from mineru_cli.telemetry.series import Histogram, MetricsPage

Pairs = Sequence[tuple[MetricsPage, MetricsPage]]


def server_figures(recording: Recording, window: Window) -> ServerFigures:
    """Counters are differences between the scrapes next to the window's edges; gauges are means inside."""
    inside = [scrape for at, scrape in recording.scrapes if window.holds(at)]
    if len(inside) < 2:
        inside = [scrape for _, scrape in recording.scrapes]
    if len(inside) < 2:
        return ServerFigures()
    pairs = [(inside[0][url], inside[-1][url]) for url in inside[0] if url in inside[-1]]
    ttft = _histogram(pairs, "time_to_first_token_seconds")
    queue = _histogram(pairs, "request_queue_time_seconds")
    every = [series for scrape in inside for series in scrape.values()]
    kv = [value for series in every if (value := series.mean("kv_cache_usage_perc")) is not None]
    return ServerFigures(
        ttft_p50=_quantile(ttft, 0.50),
        ttft_p95=_quantile(ttft, 0.95),
        queue_mean=queue.mean if queue else None,
        queue_p95=_quantile(queue, 0.95),
        running=_mean_total(inside, "num_requests_running"),
        waiting=_mean_total(inside, "num_requests_waiting"),
        kv_use=mean_of_known(kv),
        kv_use_peak=max(kv, default=None),
        preemptions=_grown(pairs, "num_preemptions_total"),
        prompt_tokens=_grown(pairs, "prompt_tokens_total"),
        completion_tokens=_grown(pairs, "generation_tokens_total"),
        prefix_cache_hits=_share(pairs, "prefix_cache_hits_total", "prefix_cache_queries_total"),
        image_cache_hits=_share(pairs, "mm_cache_hits_total", "mm_cache_queries_total"),
        finished=_finished(pairs),
    )


def _grown(pairs: Pairs, name: str) -> float | None:
    grown = [
        after - before
        for first, last in pairs
        if (before := first.total(name)) is not None and (after := last.total(name)) is not None
    ]
    return sum(grown) if grown else None


def _share(pairs: Pairs, part: str, of: str) -> float | None:
    hits, queries = _grown(pairs, part), _grown(pairs, of)
    return hits / queries if hits is not None and queries else None


def _finished(pairs: Pairs) -> dict[str, float]:
    reasons: dict[str, float] = {}
    for first, last in pairs:
        before = first.by("request_success_total", "finished_reason")
        for reason, count in last.by("request_success_total", "finished_reason").items():
            reasons[reason] = reasons.get(reason, 0.0) + count - before.get(reason, 0.0)
    return {reason: count for reason, count in reasons.items() if count}


def _histogram(pairs: Pairs, name: str) -> Histogram | None:
    parts = [
        after.since(first.histogram(name))
        for first, last in pairs
        if (after := last.histogram(name)) is not None
    ]
    if not parts:
        return None
    bounds = {bound for part in parts for bound in part.buckets}
    return Histogram(
        {bound: sum(part.buckets.get(bound, 0.0) for part in parts) for bound in bounds},
        sum(part.sum for part in parts),
        sum(part.count for part in parts),
    )


def _quantile(histogram: Histogram | None, share: float) -> float | None:
    """Bounded by what the mean allows: vLLM's first bucket of queue times is 0 to 0.3 s."""
    if histogram is None or (found := histogram.quantile(share)) is None:
        return None
    return min(found, (histogram.mean or 0.0) / (1.0 - share))


def _mean_total(inside: Sequence[Mapping[str, MetricsPage]], name: str) -> float | None:
    totals = []
    for scrape in inside:
        values = [v for series in scrape.values() if (v := series.total(name)) is not None]
        if values:
            totals.append(sum(values))
    return mean_of_known(totals)
