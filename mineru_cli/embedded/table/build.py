"""The grid of a table, from its ruling lines and texts. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.ink import Rules
from mineru_cli.embedded.table.chunks import Chunk
from mineru_cli.embedded.table.grid import RuledGrid, slot, text_rows
from mineru_cli.embedded.table.unruled import column_borders, grid_of_texts

COVERED = 0.55
"""Share of a cell's side that a rule must cover to count as its border, 0-1."""

FILLED = 0.5

LEAST_GROUPED = 3
"""Minimum number of columns with a text in each line of a band, for its lines to be rows."""

MOST_BANDS = 5
"""Number of wide rules that are usually not borders of rows: around the head, the totals, the table."""


def build(chunks: Sequence[Chunk], rules: Rules, size: tuple[float, float]) -> RuledGrid:
    """The grid for a table of this size (width, height) from its rules and texts.

    Vertical rules inside the table define its columns; without them the white space between texts does.
    Horizontal rules define bands; a band that clearly contains several rows is split between its lines of
    text.
    """
    width, height = size
    line = median(c.box.height for c in chunks) if chunks else 1.0
    verticals = _clusters([(r.cx, r.height) for r in rules.vertical], line * 0.5)
    across = [(c.box.x0, c.box.x1) for c in chunks]
    xs = _framed([x for x, length in verticals if length > 1.2 * line], across, width, line)
    by_rules = len(xs) > 2
    if not by_rules:
        xs = column_borders(chunks, width)
        if not _each_row_ruled(chunks, rules, width):
            return grid_of_texts(chunks, rules, xs, height, line)
    xs = _without_gutters(xs, [c.box.cx for c in chunks], 1.5 * line)
    horizontals = _clusters([(r.cy, r.width) for r in rules.horizontal], line * 0.4)
    down = [(c.box.y0, c.box.y1) for c in chunks]
    bands = _framed([y for y, length in horizontals if length > 1.5 * line], down, height, line)
    bands = _without_gutters(bands, [c.box.cy for c in chunks], 0.7 * line)
    ys, cut = _with_text_rows(bands, chunks, xs, line, ruled=by_rules)
    return RuledGrid(
        xs,
        ys,
        frozenset(_open_right(xs, ys, chunks, rules, line, by_rules)),
        frozenset(_open_below(xs, ys, cut, rules)),
    )


def _each_row_ruled(chunks: Sequence[Chunk], rules: Rules, width: float) -> bool:
    """Wide rules separate most of the lines of text, so that a row is the space between two of them."""
    wide = _clusters([(r.cy, r.width) for r in rules.horizontal if r.width > 0.6 * width], 3.0)
    return len(wide) > max(MOST_BANDS, 0.3 * len(text_rows(chunks)))


def _clusters(values: Sequence[tuple[float, float]], reach: float) -> list[tuple[float, float]]:
    """Positions with their total lengths; those within ``reach`` are merged at their weighted mean."""
    groups: list[list[tuple[float, float]]] = []
    for position, length in sorted(values):
        if groups and position - groups[-1][-1][0] < reach:
            groups[-1].append((position, length))
        else:
            groups.append([(position, length)])
    return [
        (sum(p * n for p, n in g) / sum(n for _, n in g), sum(n for _, n in g))
        for g in groups
        if sum(n for _, n in g)
    ]


def _framed(
    borders: Sequence[float], texts: Sequence[tuple[float, float]], limit: float, line: float
) -> tuple[float, ...]:
    """The borders, with an outer one added where there is text outside.

    ``texts`` are the starts and ends of the texts along the axis that the borders cut.
    """
    if not texts:
        return (0.0, limit)
    starts, ends = zip(*texts, strict=True)
    middles = [(start + end) / 2 for start, end in texts]
    inner = sorted(borders)
    if not inner or min(middles) < inner[0]:
        inner.insert(0, min(*starts, inner[0] if inner else limit) - 0.2 * line)
    if len(inner) == 1 or max(middles) > inner[-1]:
        inner.append(max(*ends, inner[-1]) + 0.2 * line)
    return tuple(inner)


def _without_gutters(borders: tuple[float, ...], middles: Sequence[float], least: float) -> tuple[float, ...]:
    """The borders, where strips narrower than ``least`` and without text are merged into a neighbour."""
    result = [borders[0]]
    for low, high in pairwise(borders):
        empty = not any(low <= m < high for m in middles)
        if empty and high - low < least and len(borders) > 2:
            if len(result) > 1:
                result[-1] = high
            continue
        result.append(high)
    if result[-1] < borders[-1]:
        result[-1] = borders[-1]
    return tuple(result)


def _with_text_rows(
    bands: tuple[float, ...], chunks: Sequence[Chunk], xs: tuple[float, ...], line: float, *, ruled: bool
) -> tuple[tuple[float, ...], dict[int, frozenset[int]]]:
    """The borders of rows, and those of them that lie between lines of text, not on a rule.

    Each of the latter has the columns that it does not split: their texts belong to all rows of the band.
    """
    borders: list[float] = [bands[0]]
    cut: dict[int, frozenset[int]] = {}
    few = len(bands) <= 4
    for top, bottom in pairwise(bands):
        inside = [c for c in chunks if top <= c.box.cy < bottom]
        rows, shared = (_grouped(inside, xs) if ruled else None) or (text_rows(inside), frozenset[int]())
        cuts = _between(_edges(rows)) if shared else _cuts(rows, xs, few=few, ruled=ruled, line=line)
        for border in cuts:
            cut[len(borders)] = shared
            borders.append(border)
        borders.append(bottom)
    return tuple(borders), cut


def _grouped(
    inside: Sequence[Chunk], xs: tuple[float, ...]
) -> tuple[list[list[Chunk]], frozenset[int]] | None:
    """Rows of a band that share the text of some columns, and these columns; None for other bands.

    The other columns must have a text in each row, and each row numbers: otherwise they are lines of wrapped
    texts, such as headings with a year below.
    """
    columns = [slot(xs, c.box.cx) for c in inside]
    shared = frozenset(n for n in columns if columns.count(n) == 1)
    rows = text_rows([c for c, n in zip(inside, columns, strict=True) if n not in shared])
    filled = {frozenset(slot(xs, c.box.cx) for c in row) for row in rows}
    alike = len(rows) > 1 and len(filled) == 1 and all(len(row) == len(next(iter(filled))) for row in rows)
    if not shared or not alike or len(rows[0]) < LEAST_GROUPED:
        return None
    if not all(_numeric([row], xs) for row in rows):
        return None
    return rows, shared


def _cuts(
    rows: Sequence[Sequence[Chunk]], xs: tuple[float, ...], *, few: bool, ruled: bool, line: float
) -> list[float]:
    """Positions where a band is split into rows; empty when its lines are one row of wrapped texts."""
    if len(rows) < 2:
        return []
    filled = [{slot(xs, c.box.cx) for c in row} for row in rows]
    columns = len(xs) - 1
    full = sum(0 in f and len(f) >= FILLED * columns for f in filled)
    if ruled and (full < 0.7 * len(rows) or not (few or _numeric(rows, xs))):
        return []
    if not ruled and not few and full < 0.7 * len(rows):
        return []
    edges = _edges(rows)
    joins = _continuations(rows, filled, edges, line)
    return [border for n, border in enumerate(_between(edges), start=1) if n not in joins]


def _edges(rows: Sequence[Sequence[Chunk]]) -> list[tuple[float, float]]:
    return [(min(c.box.y0 for c in row), max(c.box.y1 for c in row)) for row in rows]


def _between(edges: Sequence[tuple[float, float]]) -> list[float]:
    return [(a[1] + b[0]) / 2 for a, b in pairwise(edges)]


def _numeric(rows: Sequence[Sequence[Chunk]], xs: tuple[float, ...]) -> bool:
    """Most texts outside the first column contain digits."""
    texts = [c.text for row in rows for c in row if slot(xs, c.box.cx) > 0]
    return bool(texts) and sum(any(ch.isdigit() for ch in t) for t in texts) > 0.4 * len(texts)


def _continuations(
    rows: Sequence[Sequence[Chunk]],
    filled: Sequence[set[int]],
    edges: Sequence[tuple[float, float]],
    line: float,
) -> set[int]:
    """Rows that only continue the cells of the row above: closer than usual, and with fewer cells."""
    gaps = [b[0] - a[1] for a, b in pairwise(edges)]
    usual = median(gaps)
    return {
        n + 1
        for n, gap in enumerate(gaps)
        if gap < usual - 0.3 * line and filled[n + 1] < filled[n] and len(rows[n + 1]) < len(rows[n])
    }


def _open_right(
    xs: tuple[float, ...],
    ys: tuple[float, ...],
    chunks: Sequence[Chunk],
    rules: Rules,
    line: float,
    by_rules: bool,
) -> list[tuple[int, int]]:
    """The (row, column) pairs without a border on their right."""
    found = []
    for row, (top, bottom) in enumerate(pairwise(ys)):
        inside = [c for c in chunks if top <= c.box.cy < bottom]
        for column, x in enumerate(xs[1:-1]):
            crossed = any(c.box.x0 < x - 0.4 * line and c.box.x1 > x + 0.4 * line for c in inside)
            if by_rules:
                ruled = _covered(
                    [(r.y0, r.y1) for r in rules.vertical if abs(r.cx - x) < 0.6 * line], top, bottom
                )
                if not ruled and (crossed or not _any_rule(rules.vertical, x, line, top, bottom)):
                    found.append((row, column))
            elif crossed:
                found.append((row, column))
    return found


def _any_rule(rules: Sequence[Box], x: float, line: float, top: float, bottom: float) -> bool:
    return any(
        abs(r.cx - x) < 0.6 * line and min(r.y1, bottom) - max(r.y0, top) > 0.3 * (bottom - top)
        for r in rules
    )


def _covered(spans: Sequence[tuple[float, float]], low: float, high: float) -> bool:
    """The spans cover a share of ``COVERED`` of the range from low to high."""
    total = 0.0
    end = low
    for a, b in sorted(spans):
        total += max(0.0, min(b, high) - max(a, end))
        end = max(end, min(b, high))
    return total > COVERED * (high - low)


def _open_below(
    xs: tuple[float, ...], ys: tuple[float, ...], cut: Mapping[int, frozenset[int]], rules: Rules
) -> list[tuple[int, int]]:
    """Pairs without a border below. Borders between lines of text are open only at shared columns."""
    reach = 0.25 * min((b - a for a, b in pairwise(ys)), default=1.0)
    found = []
    for index in range(1, len(ys) - 1):
        if index in cut:
            found += [(index - 1, column) for column in cut[index]]
            continue
        spans = [(r.x0, r.x1) for r in rules.horizontal if abs(r.cy - ys[index]) < max(reach, 4.0)]
        found += [
            (index - 1, column)
            for column, (left, right) in enumerate(pairwise(xs))
            if not _covered(spans, left, right)
        ]
    return found
