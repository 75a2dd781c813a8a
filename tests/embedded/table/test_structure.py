"""Which ink of a table is a rule."""

from __future__ import annotations

import pytest

from mineru_cli.embedded.geometry import Box, LineBox
from mineru_cli.embedded.ink import Rules
from mineru_cli.embedded.table.build import build
from mineru_cli.embedded.table.chunks import Chunk, with_signs
from mineru_cli.embedded.table.grid import fill
from mineru_cli.embedded.table.structure import _without_letters

PARIS = LineBox(883, 175, 100, 70, tight=50)


@pytest.mark.parametrize(("top", "bottom", "kept"), [(138, 207, True), (152, 198, False), (145, 190, False)])
def test_a_border_close_by_a_letter_is_a_rule_and_a_stem_is_not(top, bottom, kept):
    stroke = Box(835, top, 839, bottom)
    assert _without_letters(Rules((), (stroke,)), [PARIS.tight_box]).vertical == ((stroke,) if kept else ())


def chunk(text, x0, y, x1):
    return Chunk(text, Box(x0, y, x1, y + 20))


STATEMENT = (
    ("Fiscal years ended June 30,", 420, 0, 680),
    ("2007", 440, 30, 480),
    ("2006", 620, 30, 660),
    ("Net sales", 20, 60, 110),
    ("$", 400, 60, 410),
    ("29,741", 440, 60, 500),
    ("$", 580, 60, 590),
    ("226", 650, 60, 680),
    ("Operating income before the effect", 20, 90, 330),
    ("of changes in principles", 20, 112, 240),
    ("(6,227)", 430, 112, 506),
    ("448", 650, 112, 680),
    ("Assets:", 20, 142, 90),
    ("Cash", 30, 172, 80),
    ("142", 470, 172, 500),
    ("10,424", 620, 172, 680),
)


def test_a_statement_without_rules():
    chunks = with_signs([chunk(*one) for one in STATEMENT])
    rule = Rules((Box(395, 24, 690, 25),), ())
    grid = build(chunks, rule, (700.0, 200.0))
    cells = {(c.row, c.column, c.columns): c.text for c in fill(grid, chunks, " ".join) if c.text}
    assert cells == {
        (0, 1, 2): "Fiscal years ended June 30,",
        (1, 1, 1): "2007",
        (1, 2, 1): "2006",
        (2, 0, 1): "Net sales",
        (2, 1, 1): "$ 29,741",
        (2, 2, 1): "$ 226",
        (3, 0, 1): "Operating income before the effect of changes in principles",
        (3, 1, 1): "(6,227)",
        (3, 2, 1): "448",
        (4, 0, 1): "Assets:",
        (5, 0, 1): "Cash",
        (5, 1, 1): "142",
        (5, 2, 1): "10,424",
    }


def test_headings_with_a_rule_each_that_reaches_far_into_the_next_column():
    columns = (20, 330, 420, 700)
    rows = (
        ("Test", "Result", "Flag", "Unit"),
        ("Copper", "45.9", "L", "g/dl"),
        ("Bridge", "23.2", "H", "mg/dl"),
    )
    texts = [
        chunk(text, x, 30 * row, x + 9 * len(text))
        for row, line in enumerate(rows)
        for text, x in zip(line, columns, strict=True)
    ]
    each = Rules(tuple(Box(a, 24, b - 8, 26) for a, b in zip(columns, (*columns[1:], 900), strict=True)), ())
    cells = fill(build(texts, each, (900.0, 90.0)), texts, " ".join)
    assert [c.text for c in cells] == [text for line in rows for text in line]
