from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from mineru_cli.quality.table import ComparedCell, ComparedTable, read_table
from mineru_cli.quality.teds.similarity import teds, tree_distance
from tests.conftest import SHARED
from tests.quality.tree_oracle import oracle_distance, oracle_teds

CELLS = st.builds(
    ComparedCell, st.sampled_from(["", "a", "b", "ab", "abc", "12", "1.2"]), st.sampled_from([1, 1, 1, 2])
)
TABLES = st.builds(ComparedTable, st.lists(st.lists(CELLS, max_size=4).map(tuple), max_size=5).map(tuple))


@given(TABLES, TABLES)
@settings(max_examples=150, deadline=None)
def test_any_two_tables_are_as_far_apart_as_the_oracle_says(base: ComparedTable, run: ComparedTable) -> None:
    found = tree_distance(base, run)
    assert found.exact
    assert found.value == pytest.approx(oracle_distance(base, run), abs=1e-9)
    assert tree_distance(run, base) == found


def damaged(table: ComparedTable, rng: random.Random) -> ComparedTable:
    """What recognition does to tables: rows lost, split, merged and doubled, cells changed."""
    rows = [list(row) for row in table.rows]
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(rows))
        kind = rng.choice(["drop", "split", "merge", "edit", "double"])
        if kind == "drop" and len(rows) > 1:
            rows.pop(at)
        elif kind == "split" and len(rows[at]) > 1:
            cut = rng.randint(1, len(rows[at]) - 1)
            rows[at : at + 1] = [rows[at][:cut], rows[at][cut:]]
        elif kind == "merge" and at + 1 < len(rows):
            rows[at : at + 2] = [rows[at] + rows[at + 1]]
        elif kind == "edit" and rows[at]:
            rows[at][rng.randrange(len(rows[at]))] = ComparedCell(rng.choice(["", "other", "17.5"]))
        else:
            rows.insert(at, list(rows[at]))
    return ComparedTable(tuple(map(tuple, rows)))


@pytest.mark.parametrize("seed", range(40))
def test_damaged_tables_are_as_far_apart_as_the_oracle_says(seed: int) -> None:
    rng = random.Random(seed)
    width = rng.randint(2, 6)
    rows = [
        tuple(ComparedCell(f"{rng.random() * 100:.1f}") for _ in range(width))
        for _ in range(rng.randint(2, 14))
    ]
    base = ComparedTable(tuple(rows))
    run = damaged(base, rng)
    assert teds(base, run) == pytest.approx(oracle_teds(base, run), abs=1e-9)


def real_tables(most: int) -> list[ComparedTable]:
    """Tables of the ICDAR 2013 pages, from the true cells beside them."""
    found = []
    for file in sorted((SHARED / "pdfs" / "tables").glob("*-str.xml")):
        for table in etree.parse(str(file)).iter("table"):
            rows: dict[int, list[tuple[int, ComparedCell]]] = {}
            for cell in table.iter("cell"):
                row, column = int(cell.get("start-row")), int(cell.get("start-col"))
                spans = (
                    1 + int(cell.get("end-col", column)) - column,
                    1 + int(cell.get("end-row", row)) - row,
                )
                rows.setdefault(row, []).append(
                    (column, ComparedCell(" ".join(cell.findtext("content", "").split()), *spans))
                )
            ordered = ComparedTable(
                tuple(tuple(c for _, c in sorted(rows[r], key=lambda rc: rc[0])) for r in sorted(rows))
            )
            if ordered.rows and ordered.nodes <= most:
                found.append(ordered)
    return found


def test_real_tables_are_as_far_apart_as_the_oracle_says() -> None:
    tables = real_tables(most=60)
    if not tables:
        pytest.skip("the real tables are not at hand")
    rng = random.Random(7)
    pairs = [(table, damaged(table, rng)) for table in tables]
    pairs += [(tables[i], tables[i + 1]) for i in range(len(tables) - 1)]
    assert len(pairs) > 20
    for base, run in pairs:
        assert teds(base, run) == pytest.approx(max(0.0, oracle_teds(base, run)), abs=1e-9)
        skeletons = base.skeleton, run.skeleton
        assert teds(base, run, structure=True) == pytest.approx(max(0.0, oracle_teds(*skeletons)), abs=1e-9)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_two_real_tables_are_as_far_apart_as_the_oracle_says() -> None:
    for base, run in combinations(real_tables(most=10_000), 2):
        assert teds(base, run) == pytest.approx(max(0.0, oracle_teds(base, run)), abs=1e-9)


def grid(rows: int, columns: int, seed: int) -> list[list[ComparedCell]]:
    rng = random.Random(seed)
    return [[ComparedCell(f"{rng.random() * 1000:.2f}") for _ in range(columns)] for _ in range(rows)]


def as_table(rows: list[list[ComparedCell]]) -> ComparedTable:
    return ComparedTable(tuple(map(tuple, rows)))


def test_a_table_of_300_by_20_is_exact() -> None:
    """The value is known without an oracle: a lost row, an added row, and cells that differ by one character."""
    base = grid(300, 20, 1)
    run = [list(row) for row in base]
    expected = 0.0
    for r in range(0, 300, 3):
        text = run[r][4].text
        run[r][4] = ComparedCell(text + "x")
        expected += 1 / (len(text) + 1)
    del run[101]
    run.insert(200, [ComparedCell("new")] * 20)
    expected += 2 * 21
    found = tree_distance(as_table(base), as_table(run))
    assert found.exact
    assert found.value == pytest.approx(expected, abs=1e-9)


def test_tables_without_anything_in_common_stay_within_the_budget() -> None:
    found = tree_distance(as_table(grid(60, 8, 1)), as_table(grid(60, 8, 2)))
    assert 0 < found.value < 2 * 60 * 9


def test_a_lost_row_costs_its_cells_and_itself() -> None:
    base = as_table(grid(9, 3, 1))
    run = ComparedTable(base.rows[:4] + base.rows[5:])
    assert teds(base, run) == pytest.approx(1 - 4 / 36)


def test_structure_alone_ignores_what_is_in_the_cells() -> None:
    base, run = as_table(grid(5, 3, 1)), as_table(grid(5, 3, 2))
    assert teds(base, run, structure=True) == 1.0
    assert teds(base, run) < 1.0


@pytest.mark.parametrize("other", [ComparedTable(()), ComparedTable(((),))])
def test_against_nothing_the_similarity_is_nothing(other: ComparedTable) -> None:
    assert teds(as_table(grid(3, 3, 1)), other) <= 0.1
    assert teds(other, other) == 1.0


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ("<table><tr><td>a<td>b<tr><td>c</table>", [["a", "b"], ["c"]]),
        (
            "<table><thead><tr><th>h</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>",
            [["h"], ["1"]],
        ),
        ("<table><tr><td>a<table><tr><td>inner</td></tr></table></td></tr></table>", [["ainner"]]),
        ("<table><tr><td>x<br>y</td><td><b>1</b>.5</td></tr></table>", [["x y", "1.5"]]),
        ("no table at all", []),
        ("", []),
        ("<table>" * 5000, []),
        ("<table><tr><td>\x00a\x1b</td></tr></table>", [["a"]]),
    ],
)
def test_html_is_read_as_cells(source: str, rows: list[list[str]]) -> None:
    assert [[cell.text for cell in row] for row in read_table(source).rows] == rows


@pytest.mark.parametrize(
    ("span", "expected"), [("2", 2), ("0", 1), ("-3", 1), ("x", 1), ("9" * 5000, 1000), ("²", 1)]
)
def test_spans_are_bounded(span: str, expected: int) -> None:
    table = read_table(f'<table><tr><td colspan="{span}">a</td></tr></table>')
    assert table.rows[0][0].colspan == expected


def test_real_tables_exist_where_the_shared_folder_does() -> None:
    if not Path(SHARED, "pdfs", "tables").is_dir():
        pytest.skip("no shared folder")
    assert len(real_tables(most=10_000)) > 20


def test_beyond_the_budget_too_both_directions_give_the_same() -> None:
    base, run = as_table(grid(90, 20, 1)), as_table(grid(60, 25, 2))
    there, back = tree_distance(base, run), tree_distance(run, base)
    assert not there.exact
    assert there == back
