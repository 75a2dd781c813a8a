"""The first and last row of a table whose rules only go across."""

from __future__ import annotations

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.table.extent import extent

COLUMNS = (100, 300, 500, 700)


def row(y, *, skip=()):
    return [Box(x, y, x + 80, y + 12) for n, x in enumerate(COLUMNS) if n not in skip]


def rule(y):
    return Box(96, y, 800, y + 2)


def table(first, rows):
    """Rows 18 apart, a rule above each and one below the last."""
    texts = [box for n in range(rows) for box in row(first + 4 + 18 * n)]
    return texts, [rule(first + 18 * n) for n in range(rows + 1)]


def hull_of(rules):
    return Box(96, rules[0].y0, 800, rules[-1].y1)


def test_a_list_between_a_band_and_the_table_is_no_part_of_it():
    texts, rules = table(300, 6)
    band = [rule(100), rule(140)]
    items = [Box(100, y, 420, y + 12) for y in (160, 180, 200, 220)]
    found = extent(hull_of([*band, *rules]), [*band, *rules], [*texts, *items, Box(100, 110, 350, 130)])
    assert 290 < found.y0 < 304
    assert found.y1 > rules[-1].y0


def test_a_heading_over_several_columns_is_part_of_it():
    texts, rules = table(300, 6)
    spanning = Box(300, 286, 780, 298)
    whole = hull_of([rule(280), *rules])
    assert extent(whole, [rule(280), *rules], [*texts, spanning]) == whole


def test_rows_below_the_last_rule_and_above_the_first_belong_to_it():
    texts, rules = table(300, 4)
    more = [*row(376, skip=(1,)), *row(284)]
    found = extent(hull_of(rules), rules, [*texts, *more])
    assert (found.y0, found.y1) == (284, 388)


def test_text_below_the_table_does_not():
    texts, rules = table(300, 4)
    prose = [Box(100, y, 790, y + 12) for y in (378, 393)]
    far = row(430)
    assert extent(hull_of(rules), rules, [*texts, *prose, *far]) == hull_of(rules)
