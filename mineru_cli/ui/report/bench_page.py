"""``bench --html``: one self-contained page with charts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from mineru_cli.bench.measure.metrics import Moment
from mineru_cli.bench.regression import BenchComparison
from mineru_cli.bench.result import BenchResult, Level
from mineru_cli.bench.targets import TargetRow
from mineru_cli.ui.format import UNKNOWN, count, percent
from mineru_cli.ui.plain_text import visible
from mineru_cli.ui.report.xy import Curve, XYChart, distribution, xy_chart
from mineru_cli.ui.tables.bench.facts import facts
from mineru_cli.ui.tables.bench.format import headline_range, load_text, requests, seconds, speed

BINS = 40
"""At most; few pages get fewer."""

STEEP = 4.0
"""Ratio of latencies above which their axis is logarithmic: else the good ones all look like zero."""

SHOWN = ("knee", "best", "cost")
"""Facts that are shown elsewhere on the page."""


def bench_page(
    result: BenchResult, targets: Sequence[TargetRow], comparison: BenchComparison | None = None
) -> str:
    """Render the page."""
    import jinja2

    folder = files("mineru_cli.ui.report") / "templates"
    style = (folder / "bench.css").read_text("utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string((folder / "bench.html").read_text("utf-8"))
    search, best = result.knee, result.best
    return template.render(
        style=style,
        style_hash="sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        tiles=_tiles(result, best),
        subject=_subject(result),
        interval=headline_range(best),
        cut_short=visible(result.cut_short, 500),
        looks={"better": "good", "worse": "bad", "no difference shown": ""},
        knee=_knee_text(result),
        reached=search.knee is not None,
        charts=[*_curves(result), _distribution(result)],
        said=[(name, visible(value, 1000)) for name, value in facts(result) if name not in SHOWN],
        timeline=_timeline(best),
        best=str(best.concurrency) if result.rate is None else f"{result.rate:g}/s",
        levels=_known(
            [
                COLUMNS if result.rate is None else ("documents", *COLUMNS[1:]),
                *(_row(result, level) for level in result.levels),
            ]
        ),
        targets=targets,
        estimated=any("*" in row.before for row in targets),
        comparison=comparison,
        measured_on=_measured_on(result),
    )


COLUMNS = (
    "in flight", "pages/s", "95 % interval", "PDFs/h", "good pages/s", "p50", "p95", "p99", "TTFT p50",
    "server queue", "client queue", "tokens/s in", "tokens/s out", "KV", "preempted", "GPU", "GPU memory",
    "W", "J per page", "CPU per page", "lost", "retried", "flawed", "$ for 1,000 pages",
)  # fmt: skip


def _tiles(result: BenchResult, best: Level) -> list[tuple[str, str, str]]:
    gpu, spread = result.gpu, best.page_seconds
    median, tail = (seconds(spread.p50), seconds(spread.p95)) if spread else (UNKNOWN, UNKNOWN)
    each = f"{result.pages_per_document:.1f} pages each"
    tiles = [
        ("best", f"{speed(best.pages_per_second)} pages/s", f"at {load_text(best.concurrency, result.rate)}"),
        ("documents", f"{count(result.pdfs_per_hour(best))} PDFs/h", each),
        ("page latency", median, f"p95 {tail}"),
        ("GPU", percent(gpu.utilisation), gpu.source),
    ]
    if (cost := result.cost_per_thousand(best)) is not None:
        tiles.append(("cost", f"${cost:.2f}", f"for 1,000 pages, at ${result.gpu_cost:g} an hour"))
    return tiles


def _knee_text(result: BenchResult) -> str:
    search = result.knee
    if search.knee is None:
        return search.reason
    knee = search.knee
    return f"Knee at {requests(knee.concurrency)} requests in flight, {speed(knee.pages_per_second)} pages/s."


def _curves(result: BenchResult) -> list[XYChart]:
    """Over the levels; an open loop has one load and no curve."""
    return [] if result.rate is not None else [_throughput(result), _latency(result)]


def _throughput(result: BenchResult) -> XYChart:
    means = [(float(level.concurrency), level.pages_per_second) for level in result.levels]
    single = [
        (float(level.concurrency), run.pages_per_second) for level in result.levels for run in level.runs
    ]
    good = [(float(level.concurrency), level.good_pages_per_second) for level in result.levels]
    knee = result.knee.knee
    marks = [(knee.concurrency, f"knee {requests(knee.concurrency)}")] if knee else []
    curves = [Curve("pages/s", "one", means)]
    if len(single) > len(means):
        curves.insert(0, Curve("each repeat", "faint", single, line=False))
    if result.slo is not None:
        curves.append(Curve(f"good within {result.slo:g} s", "two dashed", good))
    return xy_chart(
        "Throughput over requests in flight",
        ("requests in flight", "pages/s"),
        curves,
        summary=_knee_text(result),
        log_x=len(means) > 1,
        marks=marks,
    )


def _latency(result: BenchResult) -> XYChart:
    known = [(level, spread) for level in result.levels if (spread := level.page_seconds)]
    steep = bool(known) and max(s.p95 for _, s in known) > STEEP * min(s.p50 for _, s in known)
    names = [str(level.concurrency) for level, _ in known]
    knee = result.knee.knee
    return xy_chart(
        "Latency over throughput",
        ("pages/s", "seconds per page, logarithmic" if steep else "seconds per page"),
        [
            Curve("p95", "two", [(level.pages_per_second, s.p95) for level, s in known]),
            Curve("p50", "one", [(level.pages_per_second, s.p50) for level, s in known], names),
        ],
        summary="Numbers at the points are requests in flight.",
        log_y=steep,
        marks=[(knee.pages_per_second, f"knee {requests(knee.concurrency)}")] if knee else [],
    )


def _distribution(result: BenchResult) -> XYChart:
    best = result.best
    spread = best.page_seconds
    marks = [(spread.p50, "p50"), (spread.p95, "p95"), (spread.p99, "p99")] if spread else []
    bins = min(BINS, max(8, len(best.page_times) // 3))
    return distribution(
        f"Page latency at {load_text(best.concurrency, result.rate)}", best.page_times, marks, bins
    )


def _timeline(best: Level) -> list[XYChart]:
    """The last repeat of the best level, one chart per unit."""
    run = best.runs[-1]
    moments = run.timeline
    marks = [(run.window[0], "steady from"), (run.window[1], "to")] if run.window else []
    panels = (
        ("Pages per second", "pages/s", (("pages/s", "one", "pages"),)),
        (
            "Requests",
            "requests",
            (
                ("in flight", "one", "in_flight"),
                ("waiting here", "two", "client_queue"),
                ("waiting at the server", "three", "server_queue"),
            ),
        ),
        ("GPU utilisation", "%", (("GPU", "one", "gpu"),)),
    )
    charts = []
    for title, unit, lines in panels:
        curves = [Curve(name, look, _series(moments, field), dots=False) for name, look, field in lines]
        curves = [curve for curve in curves if curve.points]
        if curves:
            charts.append(
                xy_chart(
                    title,
                    ("seconds", unit),
                    curves,
                    summary=_curves_text(curves),
                    over_time=True,
                    marks=marks,
                )
            )
    return charts


def _series(moments: Sequence[Moment], field: str) -> list[tuple[float, float]]:
    scale = 100.0 if field == "gpu" else 1.0
    return [(one.at, value * scale) for one in moments if (value := getattr(one, field)) is not None]


def _curves_text(curves: Sequence[Curve]) -> str:
    means = (f"{c.name} {speed(sum(y for _, y in c.points) / len(c.points))}" for c in curves)
    return f"On average: {', '.join(means)}."


def _row(result: BenchResult, level: Level) -> list[str]:
    spread, interval = level.page_seconds, level.interval
    return [
        str(level.concurrency) if result.rate is None else f"{result.rate:g}/s",
        speed(level.pages_per_second),
        f"{max(0.0, interval.low):.2f} – {interval.high:.2f}" if interval else UNKNOWN,
        count(result.pdfs_per_hour(level)),
        speed(level.good_pages_per_second),
        *(seconds(value) for value in ((spread.p50, spread.p95, spread.p99) if spread else (None,) * 3)),
        seconds(level.mean(lambda run: run.server.ttft_p50)),
        seconds(level.mean(lambda run: run.server.queue_mean)),
        seconds(level.mean(lambda run: run.client.queue_seconds)),
        count(level.mean(lambda run: run.best.prompt_tokens_per_second)),
        count(level.mean(lambda run: run.best.completion_tokens_per_second)),
        percent(level.mean(lambda run: run.server.kv_use)),
        _plain(level.mean(lambda run: run.server.preemptions), "{:,.0f}"),
        percent(level.mean(lambda run: run.gpu.utilisation)),
        _plain(level.mean(lambda run: (run.gpu.memory_used or 0) / 2**30 or None), "{:.1f} GB"),
        _plain(level.mean(lambda run: run.gpu.power), "{:.0f}"),
        _plain(level.mean(lambda run: run.gpu.energy_per_page), "{:.1f}"),
        seconds(level.mean(lambda run: run.client.cpu_seconds_per_page)),
        count(sum(level.errors.values())),
        count(level.retries),
        count(level.flawed_pages),
        _plain(result.cost_per_thousand(level), "{:.3f}"),
    ]


def _plain(value: float | None, form: str) -> str:
    return UNKNOWN if value is None else form.format(value)


def _known(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Drop columns without any value. The first row has the titles."""
    kept = [n for n in range(len(rows[0])) if any(row[n] != UNKNOWN for row in rows[1:])]
    return [[row[n] for n in kept] for row in rows]


def _subject(result: BenchResult) -> str:
    """What was measured, where and when, on one line."""
    facts = [
        result.fingerprint.model,
        result.fingerprint.gpu if result.fingerprint.gpu != "none" else "no GPU seen",
        f"{result.environment.get('corpus')} pages",
        result.environment.get("measured"),
    ]
    return " · ".join(_word(value) for value in facts if value)


def _measured_on(result: BenchResult) -> list[tuple[str, str]]:
    facts: dict[str, Any] = {
        "model": result.fingerprint.model,
        "GPU": result.fingerprint.gpu,
        **result.environment,
        **{f"setting {name}": value for name, value in result.fingerprint.settings.items()},
    }
    return [(name.replace("_", " "), _word(value)) for name, value in facts.items() if value is not None]


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return visible(", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value), 500)
