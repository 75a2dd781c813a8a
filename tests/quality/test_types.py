"""Content that is of another type in the other run is not lost: it is compared, and the change reported."""

from __future__ import annotations

import pytest

from mineru_cli.quality.blocks import ComparedBlock, Document, Kind, Page
from mineru_cli.quality.matching.page_pair import pair_pages
from mineru_cli.quality.reports.changes import what_changed
from mineru_cli.quality.reports.differences import page_difference
from mineru_cli.quality.score import DocumentScore, score_document

ENTRIES = [(f"Chapter {n} On the measurement of coastal levels", str(7 * n)) for n in range(1, 13)]
TITLE = ComparedBlock(Kind.TEXT, "title", "Contents", 1)


def paragraphs(leader: str = " ") -> list[ComparedBlock]:
    return [ComparedBlock(Kind.TEXT, "text", f"{name}{leader}{page}") for name, page in ENTRIES]


def as_list(leader: str = " ") -> list[ComparedBlock]:
    return [ComparedBlock(Kind.TEXT, "list", "\n".join(f"- {name}{leader}{page}" for name, page in ENTRIES))]


def as_table() -> list[ComparedBlock]:
    rows = "".join(f"<tr><td>{name}</td><td>{page}</td></tr>" for name, page in ENTRIES)
    return [ComparedBlock(Kind.TABLE, "table", f"<table>{rows}</table>")]


def scored(base: list[ComparedBlock], run: list[ComparedBlock]) -> DocumentScore:
    sides = [Document("d", (Page(0, (TITLE, *blocks)),)) for blocks in (base, run)]
    return score_document("d", *sides)


@pytest.mark.parametrize(
    ("base", "run", "told"),
    [
        (paragraphs(), as_table(), "12 paragraphs became a table"),
        (as_table(), paragraphs(), "table became 12 paragraphs"),
        (paragraphs(), as_list(), "12 paragraphs became a list"),
        (as_list(), as_table(), "list became a table"),
        (as_table(), as_list(" ........ "), "table became a list"),
        (paragraphs(" . . . . . . "), as_table(), "12 paragraphs became a table"),
    ],
)
def test_a_table_of_contents_is_preserved_whatever_its_type(
    base: list[ComparedBlock], run: list[ComparedBlock], told: str
) -> None:
    found = scored(base, run)
    assert found.scores["text"] is not None
    assert found.scores["text"] > 0.97
    assert found.scores["table"] is None
    assert found.scores["order"] == 1.0
    assert 0.95 < found.match < 1.0
    assert [str(change) for change in found.type_changes] == [told]
    assert any(told in line for line in what_changed(found))
    assert not found.problems
    back = scored(run, base)
    assert (back.match, back.scores) == (found.match, found.scores)


def test_a_change_of_type_costs_less_than_the_same_content_lost() -> None:
    changed, lost = scored(as_table(), paragraphs()), scored(as_table(), [])
    assert changed.match > 0.95
    assert lost.match < 0.4
    assert "table-missing" in {problem.code for problem in lost.problems}


def test_a_formula_that_stands_in_a_paragraph_now_is_not_lost() -> None:
    formula = "E_{k} = \\frac{1}{2} m v^{2} + \\sum_{i} \\lambda_{i}"
    base = [ComparedBlock(Kind.FORMULA, "equation", f"$$\n{formula}\n$$")]
    run = [ComparedBlock(Kind.TEXT, "text", f"${formula}$")]
    found = scored(base, run)
    assert [str(change) for change in found.type_changes] == ["formula became a paragraph"]
    assert found.scores["text"] == 1.0
    assert not found.problems


def test_a_title_does_not_outweigh_a_table_that_holds_nearly_everything() -> None:
    base = Document("d", (Page(0, (ComparedBlock(Kind.TEXT, "title", "Table 7", 1), *as_table())),))
    run = Document("d", (Page(0, (ComparedBlock(Kind.TEXT, "title", "Tafel 8", 1), *as_table())),))
    found = score_document("d", base, run)
    assert found.scores["table"] == 1.0
    assert found.match > 0.98
    assert found.amounts["table"] > 20 * found.amounts["text"]


def test_a_table_split_in_two_is_still_the_same_rows() -> None:
    rows = "".join(f"<tr><td>{name}</td><td>{page}</td></tr>" for name, page in ENTRIES)
    cut = rows.index("<tr>", len(rows) // 2)
    halves = [
        ComparedBlock(Kind.TABLE, "table", f"<table>{part}</table>") for part in (rows[:cut], rows[cut:])
    ]
    assert scored(as_table(), halves).scores["table"] == 1.0


def test_markdown_does_not_know_lists_from_paragraphs() -> None:
    pages = Document("d", (Page(0, (TITLE, *as_list())),))
    markdown = Document("d", (Page(0, (TITLE, *paragraphs())),), paged=False)
    assert score_document("d", pages, markdown).scores["types"] == 1.0


def test_the_page_shows_what_became_what() -> None:
    pages = [Page(0, (TITLE, *blocks)) for blocks in (paragraphs(), as_table())]
    blocks = page_difference(pair_pages(0, *pages)).blocks
    assert [(block.kind, block.status) for block in blocks] == [("12 paragraphs → table", "changed")]


def test_additional_text_of_one_run_is_reported_and_not_scored() -> None:
    caption = ComparedBlock(Kind.TEXT, "text", "A caption without a figure, 12.5 mm", extra=True)
    base, run = [*paragraphs(), *as_table()], [*paragraphs(), caption, *as_table()]
    found = scored(base, run)
    assert (found.match, found.problems, found.numbers.changed) == (1.0, (), 0)
    assert found.additional == (0, len(caption.text))
    lost = scored(run, base)
    assert lost.match == 1.0
    assert [problem.code for problem in lost.problems] == ["additional-missing"]


def test_additional_text_that_both_runs_have_is_compared() -> None:
    one, other = (
        ComparedBlock(Kind.TEXT, "text", f"A caption without a figure, {size} mm", extra=True)
        for size in (12, 13)
    )
    found = scored([*paragraphs(), one], [*paragraphs(), other])
    assert found.additional == (0, 0)
    assert found.match < 1.0
