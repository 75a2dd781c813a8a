"""OTSL, as MinerU's own converter reads it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from mineru_vl_utils.post_process.otsl2html import convert_otsl_to_html

from mineru_cli.embedded.table.otsl import OtslCell, otsl


def cells_of(markup):
    """(row, column, rows, columns, text) of an HTML table."""
    found, taken = [], set()
    for r, row in enumerate(html.fromstring(markup).iter("tr")):
        c = 0
        for cell in row:
            while (r, c) in taken:
                c += 1
            rows, columns = int(cell.get("rowspan", 1)), int(cell.get("colspan", 1))
            taken |= {(r + i, c + j) for i in range(rows) for j in range(columns)}
            found.append((r, c, rows, columns, cell.text_content()))
            c += columns
    return found


def test_spans_survive_the_round():
    cells = [
        OtslCell(0, 0, 2, 1, "a"),
        OtslCell(0, 1, 1, 2, "b"),
        OtslCell(1, 1, text="c"),
        OtslCell(1, 2, text="d"),
    ]
    text = otsl(cells, 2, 3)
    assert text == "<fcel>a<fcel>b<lcel><nl><ucel><fcel>c<fcel>d<nl>"
    assert (0, 1, 1, 2, "b") in cells_of(convert_otsl_to_html(text))


def test_a_block_of_two_by_two():
    assert otsl([OtslCell(0, 0, 2, 2, "x")], 2, 2) == "<fcel>x<lcel><nl><ucel><xcel><nl>"


def test_positions_without_a_cell_are_empty():
    assert otsl([OtslCell(1, 1, text="x")], 2, 2) == "<ecel><ecel><nl><ecel><fcel>x<nl>"


def test_text_cannot_break_the_grid():
    text = otsl([OtslCell(0, 0, text="a<nl>b<fcel>c\nd")], 1, 1)
    assert len(cells_of(convert_otsl_to_html(text))) == 1


def test_overlapping_cells_do_not_tear_the_grid():
    text = otsl([OtslCell(0, 0, 1, 2, "a"), OtslCell(0, 1, text="b")], 1, 2)
    assert text == "<fcel>a<lcel><nl>"


words = st.text(alphabet="abc 0123.,-%&<>", max_size=8)


@given(
    st.lists(st.lists(words, min_size=1, max_size=5), min_size=1, max_size=5).filter(
        lambda t: len({len(r) for r in t}) == 1
    )
)
def test_plain_grids_come_back(rows):
    cells = [OtslCell(r, c, text=t) for r, row in enumerate(rows) for c, t in enumerate(row)]
    read = cells_of(convert_otsl_to_html(otsl(cells, len(rows), len(rows[0]))))
    assert [c[4] for c in read] == [" ".join(t.split()) for row in rows for t in row]
