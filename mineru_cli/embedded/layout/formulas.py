"""Displayed formulas on a page: lines of mathematics that are set apart from the prose. Pure.

Each line is judged by its recognised text and its position. A formula region of the layout network is only
evidence: the network takes centred titles for formulas, and draws one box around two formulas and the
sentence between them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from statistics import median

from mineru_cli.embedded.geometry import Box, hull
from mineru_cli.embedded.layout.formula_pieces import PROSE, FormulaPiece, is_named, is_proven, piece_of
from mineru_cli.embedded.layout.page import UprightPage
from mineru_cli.embedded.text.lines import TextLine

SET_IN = 1.0
"""Minimum white space on both sides of a displayed formula, in line heights."""

APART = 0.3
"""Additional white space above and below a formula that fills its column, in line heights."""

REACH = 0.8
"""Maximum white space between a formula and its limits, matrix rows or further lines, in line heights."""

BESIDE = 4.0
"""Maximum white space between parts of one formula in a row, in line heights."""

NEAR = 8.0
"""Vertical distance within which prose shows the edges of its column, in line heights."""

BY = 1.0
"""Horizontal distance within which a limit belongs to the sign above or below it, in line heights."""

ALIGNED = 0.5
"""Maximum distance between the left edges of a paragraph's lines, in line heights."""

HANGING = 3.0
"""Maximum indentation of the further lines of an item behind a bullet, in line heights."""

CELL = 12.0
"""Width below which a text next to another one is a cell, not a line of a column, in line heights."""

LARGEST = 1.6
"""Maximum height of a formula's type, in usual line heights: larger type is a title."""


@dataclass(frozen=True, slots=True)
class DisplayedFormula:
    """A formula on the page and the lines that it consists of."""

    box: Box
    lines: tuple[TextLine, ...]


def find_formulas(
    lines: Sequence[TextLine], page: UprightPage, items: Collection[int] = ()
) -> list[DisplayedFormula]:
    """The displayed formulas among the text lines outside tables and pictures.

    ``items`` are the indices of lines after a bullet: these stay in their list.
    """
    if not lines:
        return []
    height = median(line.height for line in lines)
    named = [r.box for r in page.labelled("equation")]
    candidates = [
        line
        for number, line in enumerate(lines)
        if number not in items and _may_be(line, lines, height, named)
    ]
    if not page.in_layer and not _has_formula(candidates, lines, items, page, named):
        return []
    read = [piece_of(line, page, named) for line in candidates]
    rest = [line for line in lines if not any(p.line is line for p in read if p.prose <= PROSE)]
    pieces = [replace(p, column=_column(p.box, rest, height)) for p in read]
    numbers = [p.box for p in pieces if p.is_number]
    seeds = [
        p
        for p in pieces
        if is_proven(p, named)
        and p.line.height < LARGEST * height
        and not _is_cell(p, rest, height)
        and _stands_apart(p.box, p.column, rest, numbers, height)
    ]
    found = [_formula(group, named, rest) for group in _groups(seeds, pieces, height)]
    return [_with_scraps(formula, pieces) for formula in found]


def _has_formula(
    candidates: Sequence[TextLine],
    lines: Sequence[TextLine],
    items: Collection[int],
    page: UprightPage,
    named: Sequence[Box],
) -> bool:
    """One of the candidates reads like a formula and may stand apart. Few are recognised on a page of prose.

    Every third one comes first: if it is prose, so are the lines above and below it that begin where it does.
    """
    height = median(line.height for line in lines)
    hanging = [lines[n].level for n in items]
    prose = [line for line in lines if not any(line is other for other in candidates)]
    for line in (*candidates[1::3], *candidates[::3], *candidates[2::3]):
        if line.height < LARGEST * height and (
            is_named(line, named)
            or (
                not any(_is_next(line.level, n.level, height) for n in prose)
                and not any(_is_next(line.level, n, height, indent=HANGING) for n in hanging)
                and _may_stand_apart(line, lines, prose, candidates, height)
            )
        ):
            piece = piece_of(line, page, named)
            if is_proven(piece, named):
                return True
            if piece.prose > PROSE:
                prose.append(line)
    return False


def _may_be(line: TextLine, lines: Sequence[TextLine], height: float, named: Sequence[Box]) -> bool:
    """Worth recognising: in a formula region of the network, or not a full line within its column."""
    if is_named(line, named):
        return True
    column = _column(line.level, lines, height)
    if column is None:
        return True
    return line.level.x0 > column.x0 + SET_IN * height or line.level.x1 < column.x1 - 3 * height


def _column(box: Box, lines: Sequence[TextLine], height: float) -> Box | None:
    """The edges of the text above and below: the hull of the other wide lines near this one."""
    near = [
        n.level
        for n in lines
        if n.level is not box
        and n.level.overlap_x(box) > 0.5 * box.width
        and -n.level.overlap_y(box) < NEAR * height
        and n.level.width > 12 * height
        and n.level.overlap_y(box) < 0.5 * height
    ]
    if not near:
        return None
    usual = median(box.width for box in near)
    return hull(box for box in near if box.width <= 1.3 * usual)


def _is_next(a: Box, b: Box, height: float, indent: float = 0.0) -> bool:
    """They are lines of one paragraph by their left edges and the white space between them.

    ``a`` may be indented by ``indent`` line heights.
    """
    aligned = -ALIGNED * height < a.x0 - b.x0 < (indent + ALIGNED) * height
    return aligned and -a.overlap_y(b) < REACH * height


def _may_stand_apart(
    line: TextLine,
    lines: Sequence[TextLine],
    prose: Sequence[TextLine],
    candidates: Sequence[TextLine],
    height: float,
) -> bool:
    """The line stands apart unless others than those known to be ``prose`` turn out to be prose as well."""
    if _column(line.level, prose, height) is None:
        return True
    numbers = [n.level for n in candidates if n is not line]
    return _stands_apart(line.level, _column(line.level, lines, height), prose, numbers, height)


def _stands_apart(
    box: Box, column: Box | None, prose: Sequence[TextLine], numbers: Sequence[Box], height: float
) -> bool:
    """Indented on both sides, numbered at the margin, or surrounded by more white space than usual."""
    if column is None:
        return True
    left, right = box.x0 - column.x0, column.x1 - box.x1
    if left > SET_IN * height and right > SET_IN * height:
        return True
    row = [n for n in numbers if n.shares_row(box)]
    if any(n.x0 > box.x1 + height and n.x1 > column.x1 - 2 * height for n in row):
        return True
    above = [box.y0 - n.level.y1 for n in prose if n.level.cy < box.y0 and n.level.overlap_x(box) > 0]
    below = [n.level.y0 - box.y1 for n in prose if n.level.cy > box.y1 and n.level.overlap_x(box) > 0]
    usual = _usual_white(prose, height) + APART * height
    return left > -height and min(above, default=usual + 1) > usual and min(below, default=usual + 1) > usual


def _is_cell(piece: FormulaPiece, prose: Sequence[TextLine], height: float) -> bool:
    """There is a short text next to it, as in a table or a list of terms."""
    return any(
        n.level.shares_row(piece.box)
        and n.level.width < CELL * height
        and (piece.column is None or n.level.overlap_x(piece.column) > 0)
        for n in prose
    )


def _usual_white(lines: Sequence[TextLine], height: float) -> float:
    whites = []
    for line in lines:
        below = [
            other.level.y0 - line.level.y1
            for other in lines
            if other.level.cy > line.level.y1 and other.level.overlap_x(line.level) > 0
        ]
        whites += [min(below)] if below and min(below) < 1.5 * height else []
    return max(0.0, median(whites)) if whites else 0.0


def _groups(
    seeds: Sequence[FormulaPiece], pieces: Sequence[FormulaPiece], height: float
) -> list[list[FormulaPiece]]:
    """Each seed with its limits, fraction parts, rows and equation number; groups that meet are merged."""
    scraps = [p for p in pieces if p.is_scrap or p in seeds]
    groups: list[list[FormulaPiece]] = []
    for seed in seeds:
        if any(seed in group for group in groups):
            continue
        group, waiting = [], [seed]
        while waiting:
            piece = waiting.pop()
            group.append(piece)
            waiting += [
                p for p in scraps if p not in group and p not in waiting and _adjoin(p, piece, height)
            ]
        groups.append(group)
    for number in (p for p in pieces if p.is_number):
        for group in groups:
            around = hull(p.box for p in group)
            outside = number.box.x0 > around.x1 or number.box.x1 < around.x0
            if not _share_column(number, group[0]):
                continue
            if outside and around.y0 - 0.2 * height < number.box.cy < around.y1 + 0.2 * height:
                group.append(number)
                break
    return groups


def _share_column(a: FormulaPiece, b: FormulaPiece) -> bool:
    if a.column is None or b.column is None:
        return True
    return a.column.overlap_x(b.column) > 0.5 * min(a.column.width, b.column.width)


def _adjoin(one: FormulaPiece, other: FormulaPiece, height: float) -> bool:
    if not _share_column(one, other):
        return False
    a, b = one.box, other.box
    down, across = -a.overlap_y(b), -a.overlap_x(b)
    if across < 0:
        return down < REACH * height
    if down < -0.3 * min(a.height, b.height):
        return across < BESIDE * height
    return down < 0.5 * height and across < BY * height


def _formula(
    group: Sequence[FormulaPiece], named: Sequence[Box], prose: Sequence[TextLine]
) -> DisplayedFormula:
    """The hull of its parts and of the network's formula regions there without prose: large signs, rules."""
    box = hull(p.line.box for p in group)
    for region in named:
        wide = region.intersection(box) > 0.5 * region.area
        if wide and not any(n.box.intersection(region) > 0.2 * n.box.area for n in prose):
            box = box.union(region)
    return DisplayedFormula(box, tuple(p.line for p in group))


def _with_scraps(formula: DisplayedFormula, pieces: Sequence[FormulaPiece]) -> DisplayedFormula:
    """The formula with the fragments that lie in its box."""
    inside = [
        p.line
        for p in pieces
        if (p.is_scrap or p.is_number)
        and p.line not in formula.lines
        and p.line.box.share_in(formula.box) > 0.6
    ]
    return DisplayedFormula(hull([formula.box, *(n.box for n in inside)]), (*formula.lines, *inside))
