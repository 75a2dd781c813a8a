"""Bars and charts made of characters. Pure: numbers in, text of an exact width out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rich.text import Text

STEPS = " ▁▂▃▄▅▆▇█"


def bar(parts: Sequence[tuple[float, str]], total: float, width: int) -> Text:
    """A bar of ``width`` cells: each part takes its share of ``total`` in its style, the rest is dim."""
    text, used, reached = Text(), 0, 0.0
    for amount, style in parts:
        reached += max(0.0, amount)
        end = min(width, int(min(reached, total) / total * width)) if total > 0 else 0
        text.append("━" * (end - used), style)
        used = max(used, end)
    return text.append("─" * (width - used), "dim")


def spark(values: Sequence[float | None], width: int, top: float | None = None) -> str:
    """The newest ``width`` values as one line of exactly that width, newest at the right end."""
    return chart(values, width, 1, top)[0]


def chart(values: Sequence[float | None], width: int, rows: int, top: float | None = None) -> list[str]:
    """The newest ``width`` values as columns ``rows`` lines high. Zero shows a baseline, None nothing.

    ``top`` is the value of a full column; the greatest one shown by default.
    """
    shown = list(values)[-width:] if width > 0 else []
    full = top or max((value for value in shown if value is not None), default=0.0) or 1.0
    columns = [_column(value, rows, full) for value in shown]
    missing = " " * (width - len(shown))
    return [missing + "".join(column[row] for column in columns) for row in range(rows)]


def _column(value: float | None, rows: int, full: float) -> str:
    """One column, top line first."""
    if value is None:
        return " " * rows
    eighths = max(1, min(rows * 8, round(value / full * rows * 8)))
    return "".join(STEPS[max(0, min(8, eighths - 8 * row))] for row in reversed(range(rows)))


def squeeze(values: Sequence[float], points: int) -> list[float]:
    """Downsample to at most ``points`` means, so that a long history fits."""
    if len(values) <= points or points <= 0:
        return list(values)
    edges = [round(i * len(values) / points) for i in range(points + 1)]
    return [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
