"""The result as JSON. The schema is in docs/bench.md; unknown figures are null, never 0."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mineru_cli.bench.measure.metrics import RunFigures
from mineru_cli.bench.result import BenchResult, Level
from mineru_cli.stats.descriptive import Interval, LatencySummary

SCHEMA = 1
DIGITS = 6


def json_report(
    result: BenchResult, *, targets: list[dict[str, Any]], comparison: dict[str, Any] | None = None
) -> str:
    """The whole document as text."""
    knee = result.knee
    document = {
        "schema": SCHEMA,
        "levels": [_level(result, level) for level in result.levels],
        "knee": knee.knee
        and {
            "concurrency": knee.knee.concurrency,
            "pages_per_second": knee.knee.pages_per_second,
            "fit_error": knee.knee.error,
        },
        "knee_reason": knee.reason,
        "best": {
            "concurrency": result.best.concurrency,
            "pages_per_second": result.best.pages_per_second,
            "pdfs_per_hour": result.pdfs_per_hour(result.best),
        },
        "gpu": asdict(result.gpu),
        "fingerprint": asdict(result.fingerprint),
        "environment": dict(result.environment),
        "caches": {name: {"reset": not why, "reason": why} for name, why in result.caches.items()},
        "pages_per_document": result.pages_per_document,
        "slo": result.slo,
        "rate": result.rate,
        "gpu_cost": result.gpu_cost,
        "cut_short": result.cut_short or None,
        "targets": targets,
        "comparison": comparison,
    }
    return json.dumps(_rounded(document), indent=2, ensure_ascii=False) + "\n"


def _level(result: BenchResult, level: Level) -> dict[str, Any]:
    return {
        "concurrency": level.concurrency,
        "pages_per_second": level.pages_per_second,
        "pages_per_second_interval": _interval(level.interval),
        "pdfs_per_hour": result.pdfs_per_hour(level),
        "good_pages_per_second": level.good_pages_per_second,
        "page_seconds": _spread(level.page_seconds),
        "document_seconds": _spread(level.runs[-1].document_seconds),
        "prompt_tokens_per_second": level.mean(lambda run: run.best.prompt_tokens_per_second),
        "completion_tokens_per_second": level.mean(lambda run: run.best.completion_tokens_per_second),
        "client_cpu_seconds_per_page": level.mean(lambda run: run.client.cpu_seconds_per_page),
        "client_queue_seconds": level.mean(lambda run: run.client.queue_seconds),
        "gpu_utilisation": level.mean(lambda run: run.gpu.utilisation),
        "dollars_per_1000_pages": result.cost_per_thousand(level),
        "errors": sum(level.errors.values()),
        "errors_by_class": dict(level.errors),
        "retries": level.retries,
        "flawed_pages": level.flawed_pages,
        "over_saturated": level.over_saturated,
        "runs": [run_figures(run) for run in level.runs],
    }


def run_figures(run: RunFigures) -> dict[str, Any]:
    """One repeat without its single pages and timeline."""
    return {
        "workers": run.workers,
        "steady": run.steady and asdict(run.steady),
        "whole": asdict(run.whole),
        "totals": asdict(run.totals),
        "page_seconds": _spread(run.page_seconds),
        "document_seconds": _spread(run.document_seconds),
        "errors": dict(run.errors),
        "retries": dict(run.retries),
        "server": asdict(run.server),
        "gpu": asdict(run.gpu),
        "client": asdict(run.client),
        "saturation": {
            "over": run.saturation.over,
            "queue_slope": _interval(run.saturation.queue_slope),
            "latency_slope": _interval(run.saturation.latency_slope),
        },
        "notices": list(run.notices),
    }


def _interval(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.high] if interval else None


def _spread(spread: LatencySummary | None) -> dict[str, Any] | None:
    return asdict(spread) if spread else None


def _rounded(value: Any) -> Any:
    """Floats with six significant digits: more would suggest a false precision."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, Mapping):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
