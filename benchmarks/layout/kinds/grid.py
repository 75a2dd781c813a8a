"""Drawing rows of texts as a table without vertical rules, in one of several styles."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.pdfbase.pdfmetrics import stringWidth

from benchmarks.layout.sheet import Sheet


def widths(sheet: Sheet, rows: Sequence[Sequence[str]], size: float) -> list[float]:
    count = max(map(len, rows))
    return [
        max(
            (
                stringWidth(line, sheet.bold, size)
                for row in rows
                if k < len(row)
                for line in row[k].split("\n")
            ),
            default=0,
        )
        for k in range(count)
    ]


def draw_row(
    sheet: Sheet,
    xs: Sequence[float],
    y: float,
    row: Sequence[str],
    size: float,
    aligns: str,
    font: str = "",
    leading: float = 1.15,
) -> float:
    """Write a row; ``xs`` are left, right or middle of each column as ``aligns`` (l, r, c) says. Gives its last baseline."""
    last = y
    for x, text, align in zip(xs, row, aligns, strict=True):
        for number, line in enumerate(text.split("\n") if text else []):
            sheet.text(
                x,
                y + number * leading * size,
                line,
                size,
                font,
                {"l": "left", "r": "right", "c": "centre"}[align],
            )
            last = max(last, y + number * leading * size)
    return last


def anchors(lefts: Sequence[float], wide: Sequence[float], aligns: str) -> list[float]:
    return [x + {"l": 0.0, "r": w, "c": w / 2}[a] for x, w, a in zip(lefts, wide, aligns, strict=True)]
