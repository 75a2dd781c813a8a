"""Text charts of a bench: throughput over load, a measurement over time, the page times."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from mineru_cli.bench.measure.metrics import RunFigures
from mineru_cli.bench.result import BenchResult
from mineru_cli.ui.format import percent
from mineru_cli.ui.sparkline import STEPS, spark, squeeze
from mineru_cli.ui.tables.bench.format import requests, seconds, speed

NAME = 12
AROUND = NAME + 18
"""Columns of a line that are not its bar: its name, and a number at its end."""

LEAST, MOST = 10, 64


def room(columns: int) -> int:
    """Cells of a bar on a terminal of ``columns`` columns."""
    return max(LEAST, min(MOST, columns - AROUND))


def throughput(result: BenchResult, width: int) -> Text:
    """Pages per second over requests in flight as bars; the knee is marked between its neighbours."""
    knee = result.knee.knee
    top = max(level.pages_per_second for level in result.levels) or 1.0
    text, marked = Text("  pages/s over requests in flight\n", "dim"), knee is None
    for level in result.levels:
        if knee is not None and not marked and level.concurrency > knee.concurrency * 1.02:
            text.append(f"{'knee':>{NAME}} ┄ {requests(knee.concurrency)}\n", "yellow")
            marked = True
        eighths = round(level.pages_per_second / top * width * 8)
        whole, rest = divmod(eighths, 8)
        text.append(f"{level.concurrency:>{NAME}} │ ", "")
        # The lower-block characters stand for the rest: left blocks are missing in some fonts.
        text.append("█" * whole + (STEPS[rest] if rest else ""), "cyan")
        text.append(f" {speed(level.pages_per_second)}\n", "")
    return text


def timeline(run: RunFigures, width: int) -> Text:
    """One measurement over time, one line per metric; unknown ones are left out."""
    moments = run.timeline
    text = Text()
    lines = (
        ("pages/s", [one.pages for one in moments], speed),
        ("in flight", [one.in_flight for one in moments], _whole),
        ("waiting here", [one.client_queue for one in moments], _whole),
        ("at server", [one.server_queue for one in moments], _whole),
        ("GPU", [one.gpu for one in moments], percent),
    )
    for name, values, form in lines:
        known = [value for value in values if value is not None]
        if known:
            text.append(f"{name:>{NAME}} │ ")
            text.append(spark(squeeze(known, width), min(width, len(known))), "cyan")
            text.append(f" at most {form(max(known))}\n")
    return text


def distribution(times: Sequence[float], width: int) -> Text:
    """How often each page time occurred, from zero to the longest."""
    if not times:
        return Text()
    top = max(times) or 1.0
    counts = [0] * width
    for value in times:
        counts[min(width - 1, int(value / top * width))] += 1
    text = Text(f"{'page time':>{NAME}} │ ")
    text.append("".join(spark([count], 1, max(counts)) if count else " " for count in counts), "cyan")
    return text.append(f" 0 to {seconds(top)}\n")


def _whole(value: float) -> str:
    return f"{value:.0f}"
