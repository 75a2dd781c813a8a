"""Tables on a page, found by ruling lines, by the layout network, and by aligned columns of text."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from statistics import median

from mineru_cli.embedded.geometry import Box, hull, rows_of, without_inner
from mineru_cli.embedded.ink import Rules
from mineru_cli.embedded.layout.page import UprightPage
from mineru_cli.embedded.layout.pictures import shows_more_than_text
from mineru_cli.embedded.table.columns import find_unruled
from mineru_cli.embedded.table.extent import extent
from mineru_cli.embedded.table.proof import are_entries, is_numbered_text

TOUCH = 5.0
"""Pixels within which two rules count as touching (on a layout image of about 1,000 pixels)."""

SURE = 0.5
LIKELY = 0.4

FEW = 0.6
"""Share of the aligned texts inside a ruled table, above which the rules frame the whole table."""

LONG, PROSE = 0.6, 0.3
"""Share of a box's width that a line of prose has, and share of such lines in a box of prose, at least."""

SAMPLE = 12
"""Maximum number of texts of a table named by the network that are read to tell it from an index."""

COVERED = 0.8
"""Share of a box inside another one, above which it is part of it, 0-1."""


def find_tables(page: UprightPage) -> list[Box]:
    """Boxes of the page's tables, without overlaps."""
    figures = [r.box for r in page.labelled("figure") if r.score > SURE]
    ruled = [
        _to_rows(b, page)
        for b in ruled_tables(page.rules)
        if _has_columns(b, page) and not _in_chart(b, figures, page) and not _is_algorithm(b, page)
    ]
    aligned = [
        b
        for b in aligned_tables(page)
        if not (any(b.intersection(f) > 0 for f in figures) and shows_more_than_text(b, page))
    ]
    sure = [r.box for r in page.labelled("table") if r.score > SURE]
    tables = _with_aligned(ruled, [b for b in aligned if sum(s.share_in(b) > COVERED for s in sure) < 2])
    named = [
        _to_content(r.box, page)
        for r in page.labelled("table")
        if r.score > LIKELY and not any(b.share_in(r.box) > 0.5 or r.box.share_in(b) > 0.5 for b in tables)
    ]
    shown = [b for b in named if b is not None and _rows_in(b, page) > 1]
    return without_inner(tables + [b for b in shown if not _is_algorithm(b, page) and not _is_index(b, page)])


def _to_rows(box: Box, page: UprightPage) -> Box:
    """The table from its first to its last row, where rules go across only."""
    inside = page.rules.inside(box.grown(TOUCH, TOUCH))
    if any(r.height > 0.5 * box.height for r in inside.vertical):
        return box
    wide = [r for r in inside.horizontal if r.overlap_x(box) > COVERED * box.width]
    return extent(box, wide, [f.tight_box for f in page.fragments]) if len(wide) > 2 else box


def _with_aligned(ruled: Sequence[Box], aligned: Sequence[Box]) -> list[Box]:
    """Ruled tables and, outside them, tables found by aligned texts.

    The texts around a ruled table may extend it: by a heading, or by a foot below its last rule.
    """
    tables = list(ruled)
    for box in aligned:
        met = [t for t in tables if t.intersection(box) > 0]
        if not met:
            tables.append(box)
        elif len(met) > 1 and _are_columns(met) and all(t.share_in(box) > COVERED for t in met):
            tables = [t for t in tables if t not in met] + [box]
        elif len(met) == 1 and met[0].share_in(box) > COVERED and not box.share_in(met[0]) > FEW:
            tables = [t for t in tables if t is not met[0]] + [met[0].union(box)]
    return tables


def _are_columns(boxes: Sequence[Box]) -> bool:
    """They are side by side and equally high: short rules below the figures of each column, not tables."""
    first = boxes[0]
    level = all(first.overlap_y(b) > COVERED * max(first.height, b.height) for b in boxes)
    return level and all(a.overlap_x(b) < 0 for a, b in itertools.pairwise(sorted(boxes, key=lambda b: b.x0)))


def ruled_tables(rules: Rules) -> list[Box]:
    """Hulls of touching rules that form more than a frame, and of stacks of equally wide horizontal rules."""
    groups = _touching([*rules.horizontal, *rules.vertical])
    grids = []
    for group in groups:
        across = [r for r in group if r.width >= r.height]
        down = [r for r in group if r.width < r.height]
        rows, columns = _positions([r.cy for r in across]), _positions([r.cx for r in down])
        if rows >= 2 and columns >= 2 and rows + columns >= 5:
            grids.append(hull(_without_headings(across) + down))
    stacks = [
        s for s in _stacks(rules.horizontal) if not any(s.intersection(g) > 0.3 * g.area for g in grids)
    ]
    return grids + stacks


def _without_headings(across: Sequence[Box]) -> list[Box]:
    """The horizontal rules without the first or last one if it alone ends where no other does.

    The rule below a heading may touch the frame of a box next to the text under it.
    """
    kept = sorted(across, key=lambda r: r.cy)
    for outer, inner in ((0, slice(1, None)), (-1, slice(-1))):
        end, others = kept[outer], kept[inner]
        around = hull(others)
        if len(others) > 1 and max(around.x0 - end.x0, end.x1 - around.x1) > 4 * TOUCH:
            kept = others
    return kept


def _positions(values: Sequence[float]) -> int:
    """Distinct positions among the values; those within ``TOUCH`` count as one."""
    ordered = sorted(values)
    return sum(b - a > TOUCH for a, b in itertools.pairwise(ordered)) + bool(ordered)


def _touching(rules: Sequence[Box]) -> list[list[Box]]:
    """Groups of rules that touch, directly or through others."""
    groups: list[list[Box]] = []
    for rule in rules:
        grown = rule.grown(TOUCH, TOUCH)
        near = [g for g in groups if any(grown.intersection(other.grown(1, 1)) > 0 for other in g)]
        merged = [rule, *(other for group in near for other in group)]
        groups = [g for g in groups if g not in near] + [merged]
    return groups


def _stacks(rules: Sequence[Box]) -> list[Box]:
    """Three or more horizontal rules of the same extent below one another: tables without vertical rules."""
    stacks: list[list[Box]] = []
    for rule in sorted(rules, key=lambda r: r.cy):
        for stack in stacks:
            last = stack[-1]
            if abs(last.x0 - rule.x0) < 2 * TOUCH and abs(last.x1 - rule.x1) < 2 * TOUCH:
                stack.append(rule)
                break
        else:
            stacks.append([rule])
    return [hull(s) for s in stacks if _positions([r.cy for r in s]) >= 3]


def _has_columns(box: Box, page: UprightPage) -> bool:
    """The box has fragments side by side: a table has them, a framed text does not."""
    inside = page.texts_in(box.grown(4, 4), 0.6)
    pairs = sum(
        1 for i, a in enumerate(inside) for b in inside[i + 1 :] if a.shares_row(b) and a.overlap_x(b) < 0
    )
    columns = _positions([r.cx for r in page.rules.inside(box.grown(TOUCH, TOUCH)).vertical])
    if columns < 3 and sum(len(row) > 1 for row in rows_of(inside)) < 2:
        return False  # a frame or a band, with texts in one row
    return pairs >= 2 and (bool(page.rules.inside(box).vertical) or not _is_prose(box, inside))


def _is_prose(box: Box, inside: Sequence[Box]) -> bool:
    """A considerable share of the lines span most of the box: paragraphs between rules."""
    rows = rows_of(inside)
    return sum(len(row) == 1 and row[0].width > LONG * box.width for row in rows) > PROSE * len(rows)


def _is_algorithm(box: Box, page: UprightPage) -> bool:
    """Numbered steps between rules that go across."""
    if page.rules.inside(box).vertical:
        return False
    inside = page.texts_in(box.grown(4, 4), 0.6)
    rows = rows_of(inside)
    pairs = [row for row in rows if len(row) == 2 and row[0].width < 3 * row[0].height]
    if len(pairs) < 3 or len(pairs) < 0.7 * len(rows):
        return False
    texts = [[page.peek(row[n]).text.strip() for row in pairs] for n in (0, 1)]
    return is_numbered_text(texts)


def _is_index(box: Box, page: UprightPage) -> bool:
    """Entries with page numbers, without any vertical rule."""
    if page.rules.inside(box).vertical:
        return False
    inside = page.texts_in(box, 0.6)
    return are_entries([page.peek(b).text.strip() for b in inside[:: len(inside) // SAMPLE + 1]])


def _in_chart(box: Box, figures: Sequence[Box], page: UprightPage) -> bool:
    """The rules are the grid lines of a chart: inside a figure, and with little text for their number."""
    if not any(box.share_in(f) > 0.7 for f in figures):
        return False
    texts = len(page.texts_in(box, 0.6))
    inside = page.rules.inside(box)
    cells = max(1, len(inside.horizontal) - 1) * max(1, len(inside.vertical) - 1)
    return texts < 0.5 * cells or (len(inside.vertical) < 3 and shows_more_than_text(box, page))


def _to_content(box: Box, page: UprightPage) -> Box | None:
    """The hull of the text and rules that a table region covers, fully or partly."""
    texts = page.texts_in(box, 0.35)
    if not texts:
        return None
    inside = page.rules.inside(box)
    rules = [r for r in (*inside.horizontal, *inside.vertical) if r.share_in(box) > 0.7]
    return hull([*texts, *rules])


def _rows_in(box: Box, page: UprightPage) -> int:
    return _positions([b.cy for b in page.texts_in(box, 0.5)])


def aligned_tables(page: UprightPage) -> list[Box]:
    """Tables without rules, found by their texts only."""
    boxes = [page.skew.level(f) for f in page.fragments]
    if not boxes:
        return []
    origins = dict(zip(boxes, (f.tight_box for f in page.fragments), strict=True))
    height = median(b.height for b in boxes)
    formulas = [r.box for r in page.labelled("equation")]

    def read(box: Box) -> str:
        return page.peek(origins.get(box, box)).text

    return [
        box
        for box in find_unruled(boxes, height, read)
        if sum(box.intersection(f) for f in formulas) < 0.3 * box.area
    ]
