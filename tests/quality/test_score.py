from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mineru_cli.quality.blocks import ComparedBlock, Document, Kind, Page
from mineru_cli.quality.checks import looping_tail
from mineru_cli.quality.matching.align import match
from mineru_cli.quality.metrics.registry import COMPONENTS, JUDGED, METRICS
from mineru_cli.quality.metrics.scores import Measure
from mineru_cli.quality.numbers import compare_numerals, numerals
from mineru_cli.quality.score import document_match, score_document
from mineru_cli.quality.settings import WEIGHTS, CheckLimits

WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "12.5", "7", "δ", "delta"]), max_size=9).map(
    " ".join
)
BOXES = st.sampled_from([None, (0, 0, 500, 90), (0, 0, 480, 95), (500, 0, 1000, 400)])
TEXTS = st.builds(
    ComparedBlock,
    st.just(Kind.TEXT),
    st.sampled_from(["text", "list"]),
    WORDS,
    st.sampled_from([0, 0, 1, 2]),
    BOXES,
)
OTHERS = st.builds(
    ComparedBlock, st.sampled_from([Kind.IMAGE, Kind.ASIDE]), st.just("header"), WORDS, st.just(0), BOXES
)
FORMULAS = st.builds(
    ComparedBlock, st.just(Kind.FORMULA), st.just("equation"), st.sampled_from(["x=1", "x=2", "y^2", ""])
)
ROWS = st.lists(st.lists(st.sampled_from(["1", "2", "ab", ""]), min_size=1, max_size=3), max_size=3)
TABLES = ROWS.map(
    lambda rows: ComparedBlock(
        Kind.TABLE,
        "table",
        "<table>"
        + "".join("<tr>" + "".join(f"<td>{c}</td>" for c in r) + "</tr>" for r in rows)
        + "</table>",
    )
)
PAGES = st.lists(st.one_of(TEXTS, TEXTS, TABLES, FORMULAS, OTHERS), max_size=6).map(tuple)
DOCUMENTS = st.lists(PAGES, max_size=3).map(
    lambda pages: Document("d", tuple(Page(i, blocks) for i, blocks in enumerate(pages)))
)


@given(DOCUMENTS, DOCUMENTS)
@settings(max_examples=150, deadline=None)
def test_every_score_is_symmetric_and_a_share(base: Document, run: Document) -> None:
    there, back = score_document("d", base, run), score_document("d", run, base)
    assert there.match == back.match
    assert there.scores == back.scores
    assert there.numbers.changed == back.numbers.changed
    for score in (there.match, *there.scores.values()):
        assert score is None or 0.0 <= score <= 1.0


@given(DOCUMENTS)
@settings(deadline=None)
def test_a_document_equals_itself_exactly(document: Document) -> None:
    copy = Document("d", tuple(Page(p.index, tuple(p.blocks)) for p in document.pages))
    found = score_document("d", document, copy)
    assert found.match == 1.0
    assert all(score in (None, 1.0) for score in found.scores.values())
    assert not found.changed_pages


@given(DOCUMENTS)
@settings(deadline=None)
def test_against_nothing_a_document_scores_nothing(document: Document) -> None:
    found = score_document("d", document, None, state="missing")
    empty = all(found.scores[name] is None for name in COMPONENTS)
    assert found.match == (1.0 if empty else 0.0)


@given(st.lists(WORDS, max_size=7), st.lists(WORDS, max_size=7))
def test_pairs_mirror_each_other(base: list[str], run: list[str]) -> None:
    there = {(pair.base, pair.run) for pair in match(base, run)}
    assert there == {(pair.run, pair.base) for pair in match(run, base)}
    assert len({i for i, _ in there}) == len({j for _, j in there}) == len(there)


def one_page(*blocks: ComparedBlock) -> Document:
    return Document("d", (Page(0, blocks),))


def text(words: str) -> ComparedBlock:
    return ComparedBlock(Kind.TEXT, "text", words)


def test_order_is_one_less_the_edits_that_sort_it() -> None:
    names = ["first paragraph", "second thing", "third of them all", "and a fourth line"]
    base = one_page(*map(text, names))
    run = one_page(*map(text, names[1:] + names[:1]))
    found = score_document("d", base, run)
    assert (found.scores["text"], found.scores["order"]) == (1.0, 0.5)


def test_splitting_a_paragraph_costs_no_text() -> None:
    whole = one_page(text("one half of it and the other half"))
    halves = one_page(text("one half of it"), text("and the other half"))
    assert score_document("d", whole, halves).scores["text"] == 1.0


def test_an_invented_table_counts_as_much_as_a_lost_one() -> None:
    cells = ComparedBlock(Kind.TABLE, "table", "<table><tr><td>1</td></tr></table>")
    other = ComparedBlock(Kind.TABLE, "table", "<table><tr><td>zzz</td><td>y</td></tr></table>")
    one, two = one_page(cells), one_page(cells, other)
    assert score_document("d", one, two).scores["table"] == 1 / 6, "by the characters of each"
    assert score_document("d", two, one).scores["table"] == 1 / 6


def test_headers_and_page_numbers_are_not_scored() -> None:
    aside = ComparedBlock(Kind.ASIDE, "header", "Running head")
    assert score_document("d", one_page(text("a b c")), one_page(aside, text("a b c"))).match == 1.0


def test_markdown_without_pages_is_shown_next_to_pages() -> None:
    pages = Document("d", (Page(0, (text("one"),)), Page(1, (text("two"),))), page_count=2)
    markdown = Document("d", (Page(0, (text("one"), text("two"))),), paged=False)
    found = score_document("d", pages, markdown)
    assert (found.match, found.problems) == (1.0, ())


def test_content_counts_by_its_characters_order_and_types_by_their_weight() -> None:
    weights = {"text": 1.0, "table": 2.0, "formula": 1.0, "order": 0.5, "types": 0.5}
    measures = {"text": Measure(0.8, 100), "table": Measure(0.5, 50), "order": Measure(0.0, 9), "types": None}
    assert document_match(measures, weights) == pytest.approx((1.0 * 0.65 + 0.5 * 0.0) / 1.5)
    assert document_match(dict.fromkeys(weights), weights) == 1.0
    assert document_match({"order": Measure(1.0, 1)}, {**weights, "order": 0.0}) == 1.0


def test_numerals_keep_sign_point_and_grouping() -> None:
    found = numerals("from -1.5 to 2,000.75 in 1999-2001, A4, (-3) and 10%")
    assert sorted(found) == ["-1.5", "-3", "10", "1999", "2,000.75", "2001", "4"]


def test_a_changed_numeral_counts_once() -> None:
    change = compare_numerals(numerals("1 2 3 3"), numerals("1 2 3 4"))
    assert (change.changed, change.vanished, change.appeared, change.total) == (1, ("3",), ("4",), 4)
    assert compare_numerals(numerals("1 2"), numerals("1 2 5 6")).changed == 2


def test_a_tail_is_looping_from_its_thirty_first_repetition_on() -> None:
    repeats = CheckLimits().repeats
    assert repeats == 30
    assert looping_tail("so it goes" + " and on" * 31, repeats) == "and on"
    assert not looping_tail("so it goes" + " and on" * 30, repeats)
    assert not looping_tail("Chapter 1 " + "." * 200, repeats)
    assert not looping_tail("a" * 5, repeats)


def test_headers_and_footers_are_recognised() -> None:
    def aside(words: str) -> ComparedBlock:
        return ComparedBlock(Kind.ASIDE, "footer", words)

    base = one_page(text("a b c"), aside("Page 1"), aside("The annual report"))
    run = one_page(text("a b c"), aside("Page 7"))
    found = score_document("d", base, run)
    assert found.scores["asides"] == (1 - 1 / 6) / 2
    assert found.match == 1.0
    assert not found.changed_pages


def test_memory_does_not_grow_with_what_changed() -> None:
    numbers = " ".join(map(str, range(5_000)))
    found = score_document("d", one_page(text(numbers)), None, state="missing")
    assert found.numbers.changed == 5_000
    assert len(found.numbers.vanished) <= 200
    assert len(found.changed_pages[0].numbers.vanished) <= 200


def test_an_excerpt_is_some_words_around_the_first_difference() -> None:
    words = [f"word{n}" for n in range(100)]
    other = [*words[:50], "changed", *words[51:]]
    found = score_document("d", one_page(text(" ".join(words))), one_page(text(" ".join(other))))
    before, after = found.changed_pages[0].excerpt
    assert "word50" in before
    assert "changed" in after
    for side in (before, after):
        assert side[0] == side[-1] == "…"
        assert all(word in (*words, "changed") for word in side[1:-1].split())


def test_every_component_with_a_weight_is_a_metric() -> None:

    assert {*COMPONENTS, "types"} == set(JUDGED) == set(WEIGHTS) <= set(METRICS)
