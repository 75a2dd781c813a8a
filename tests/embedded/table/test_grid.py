"""Grids from rules and texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.ink import Rules
from mineru_cli.embedded.table.build import build
from mineru_cli.embedded.table.chunks import Chunk
from mineru_cli.embedded.table.columns import find_unruled
from mineru_cli.embedded.table.grid import RuledGrid, fill


def text(content, x0, y, width=None):
    return Chunk(content, Box(x0, y, x0 + (width or 12 * len(content)), y + 20))


def across(y, x0=0, x1=600):
    return Box(x0, y - 1, x1, y + 1)


def down(x, y0=0, y1=300):
    return Box(x - 1, y0, x + 1, y1)


def read(chunks, rules=None, size=(600.0, 300.0)):
    rules = rules or Rules((), ())
    cells = fill(build(chunks, rules, size), chunks, " ".join)
    return {(c.row, c.column): (c.text, c.rows, c.columns) for c in cells if c.text}


FULL = Rules(tuple(across(y) for y in (0, 100, 200, 300)), tuple(down(x) for x in (0, 200, 400, 600)))


def test_a_ruled_grid():
    chunks = [text("a", 20, 40), text("b", 220, 40), text("c", 420, 140), text("d", 20, 240)]
    assert read(chunks, FULL) == {
        (0, 0): ("a", 1, 1),
        (0, 1): ("b", 1, 1),
        (1, 2): ("c", 1, 1),
        (2, 0): ("d", 1, 1),
    }


def test_wrapped_text_stays_in_its_cell():
    chunks = [text("per capita", 20, 10), text("GNP", 20, 40), text("(mn)", 220, 10), text("x", 20, 140)]
    assert read(chunks, FULL)[0, 0] == ("per capita GNP", 1, 1)


def test_missing_rules_merge_cells():
    rules = Rules(
        (across(0), across(100, 200, 600), across(200), across(300)),
        (down(0), down(200), down(400, 100, 300), down(600)),
    )
    found = read(
        [text("side", 20, 90), text("wide head", 220, 40), text("x", 220, 140), text("y", 420, 140)], rules
    )
    assert found[0, 0] == ("side", 2, 1)
    assert found[0, 1] == ("wide head", 1, 2)
    assert found[1, 2] == ("y", 1, 1)


GROUPED = Rules(
    tuple(across(y) for y in (0, 100, 200)), tuple(down(x, 0, 200) for x in (0, 100, 200, 300, 400, 600))
)


def test_rows_between_two_rules_share_the_labels_in_the_middle():
    chunks = [text("6", 30, 40), text("4", 30, 140)]
    for y, (label, *figures) in (
        (10, ("OTSL", "0.965", "0.934", "0.88")),
        (70, ("HTML", "0.969", "0.927", "0.857")),
    ):
        for top in (0, 100):
            chunks += [
                text(label, 110, y + top),
                *(text(f, x, y + top) for f, x in zip(figures, (210, 310, 450), strict=True)),
            ]
    found = read(chunks, GROUPED, (600.0, 200.0))
    assert found[0, 0] == ("6", 2, 1)
    assert found[2, 0] == ("4", 2, 1)
    assert [found[row, 1][0] for row in range(4)] == ["OTSL", "HTML"] * 2
    assert found[1, 4] == ("0.857", 1, 1)


@pytest.mark.parametrize("second", [("brands", "share", "items"), ("1996", "1997", "1992")])
def test_headings_of_two_lines_are_no_rows(second):
    chunks = [text("Year", 20, 40)]
    for x, above, below in zip((110, 210, 310), ("Own", "Market", "EH"), second, strict=True):
        chunks += [text(above, x, 10, 60), text(below, x, 70, 60)]
    assert read(chunks, GROUPED, (600.0, 200.0))[0, 1] == (f"Own {second[0]}", 1, 1)


def test_columns_without_rules():
    rows = [("Item", "Qty", "Price"), ("RS-204", "36", "0.85"), ("HB-017", "1", "48.00")]
    chunks = [
        text(t, x, 50 * r) for r, row in enumerate(rows) for t, x in zip(row, (10, 250, 450), strict=True)
    ]
    found = read(chunks)
    assert [found[r, c][0] for r in range(3) for c in range(3)] == [t for row in rows for t in row]


def test_a_heading_over_several_columns_spans_them():
    chunks = [text("TEDs", 250, 0, 200)]
    for r in (1, 2):
        chunks += [text(f"r{r}", 10, 50 * r), text("0.965", 250, 50 * r), text("0.934", 400, 50 * r)]
    assert read(chunks)[0, 1] == ("TEDs", 1, 2)


def test_rows_between_few_rules_are_cut_by_their_texts():
    rules = Rules(
        (across(0), across(40), across(260), across(300)), (down(0), down(200), down(400), down(600))
    )
    chunks = [text("Country", 20, 10), text("Fund", 220, 10), text("Total", 420, 10)]
    for r in range(4):
        chunks += [
            text(f"land{r}", 20, 60 + 50 * r),
            text(f"{r}.5", 220, 60 + 50 * r),
            text("7", 420, 60 + 50 * r),
        ]
    chunks += [text("TOTAL", 20, 270), text("9", 220, 270), text("8", 420, 270)]
    found = read(chunks, rules)
    assert found[1, 0][0] == "land0"
    assert found[4, 1][0] == "3.5"
    assert found[5, 0][0] == "TOTAL"


def test_empty_gutters_are_no_columns():
    rules = Rules((across(0), across(150), across(300)), tuple(down(x) for x in (0, 200, 215, 400, 600)))
    chunks = [
        text("a", 50, 60),
        text("b", 300, 60),
        text("c", 500, 60),
        text("d", 50, 200),
        text("e", 500, 200),
    ]
    assert set(read(chunks, rules)) == {(0, 0), (0, 1), (0, 2), (1, 0), (1, 2)}


def test_no_text_is_one_empty_cell():
    assert read([]) == {}


numbers = st.floats(0, 600, allow_nan=False)
any_chunks = st.lists(
    st.builds(lambda x, y, w: text("x", x, y, w), numbers, st.floats(0, 300), st.floats(1, 300)), max_size=12
)
any_rules = st.builds(
    lambda ys, xs: Rules(tuple(across(y) for y in ys), tuple(down(x) for x in xs)),
    st.lists(numbers, max_size=5),
    st.lists(numbers, max_size=5),
)


@given(any_chunks, any_rules)
def test_each_text_lands_in_exactly_one_cell_and_cells_tile_the_grid(chunks, rules):
    grid = build(chunks, rules, (600.0, 300.0))
    cells = fill(grid, chunks, " ".join)
    assert sum(len(c.text.split()) for c in cells) == len(chunks)
    assert sum(c.rows * c.columns for c in cells) == grid.rows * grid.columns


@given(
    st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3))),
    st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3))),
)
def test_open_borders_never_give_overlapping_cells(right, below):
    borders = tuple(float(v) for v in range(5))
    grid = RuledGrid(borders, borders, frozenset(right), frozenset(below))
    places = [
        (c.row + r, c.column + k) for c in grid.spans() for r in range(c.rows) for k in range(c.columns)
    ]
    assert sorted(places) == [(r, c) for r in range(4) for c in range(4)]


def box(x0, x1, y):
    return Box(x0, y, x1, y + 14)


def words(_box):
    return "word"


def figures(box):
    return "17.5" if box.x0 > 100 else "label"


def test_aligned_figures_are_found_and_prose_is_not():
    rows = [box(x, x + 60, y) for y in (100, 125, 150, 175) for x in (50, 300, 600)]
    prose = [box(50, 900, y) for y in range(300, 500, 17)]
    assert find_unruled(rows + prose, 14, figures) == [Box(50, 100, 660, 189)]


def test_three_columns_of_prose_are_no_table():
    prose = [box(x, x + 280, y) for y in range(100, 500, 17) for x in (50, 350, 650)]
    assert find_unruled(prose, 14, words) == []


def test_three_blocks_of_words_side_by_side_are_no_table():
    lines = [box(x, x + 90, y) for y in (100, 117, 134) for x in (50, 350, 650)]
    assert find_unruled(lines, 14, words) == []


def test_titles_with_rising_page_numbers_are_no_table():
    pages = {n: box(600, 620, 100 + 25 * n) for n in range(6)}
    titles = [box(50, 200 + 40 * (n % 3), 100 + 25 * n) for n in pages]
    read = {place: str(3 + 4 * n) for n, place in pages.items()}
    assert find_unruled([*titles, *pages.values()], 14, lambda b: read.get(b, "A title")) == []


def test_a_heading_over_the_columns_of_figures_belongs_to_the_table():
    rows = [box(x, x + 60, y) for y in (100, 125, 150, 175) for x in (50, 300, 600)]
    over = box(400, 520, 76)
    assert find_unruled([over, *rows], 14, figures) == [Box(50, 76, 660, 189)]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("1:", "2:", "3:", "4:"), ("Input: a list", "for each s do", "append s", "end for")),
        (("Apples, 12, 34", "pears of, 7", "Beans, 3", "Corn, 18"), ("Oats, 2", "Peas, 9", "Rye, 4", "Soy, 31")),
        (("Soup ..... 4.50", "Tea ..... 2.00", "Cake ..... 3.00", "Pie ..... 5"), ("Ale ..... 4", "Gin ..... 6", "Rum ..... 7", "Wine ..... 5")),
    ],
    ids=["algorithm", "index", "price list"],
)  # fmt: skip
def test_entries_side_by_side_are_no_table(left, right):
    read = {box(50, 110, 100 + 20 * n): text for n, text in enumerate(left)}
    read |= {box(300, 380, 100 + 20 * n): text for n, text in enumerate(right)}
    assert find_unruled(list(read), 14, lambda b: read.get(b, "")) == []


def test_the_last_line_of_a_paragraph_next_to_a_table_is_not_in_it():
    prose = [box(50, 350, 60 + 20 * n) for n in range(6)]
    last = box(50, 120, 180)
    rows = [b for n in range(5) for b in (box(500, 560, 100 + 20 * n), box(640, 700, 100 + 20 * n))]
    assert find_unruled([*prose, last, *rows], 14, lambda b: "1,204" if b.x0 == 640 else "Total") == [
        Box(500, 100, 700, 194)
    ]
