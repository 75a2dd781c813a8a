"""Planted regressions: each must be caught by the rule that is there for it, and nothing cosmetic may be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from mineru_cli.quality.compare import compare
from mineru_cli.quality.gate import percent
from mineru_cli.quality.reports.summary import summarise
from mineru_cli.quality.results import Judgement
from mineru_cli.quality.settings import CheckLimits, CompareSettings, GateSettings, Scoring
from tests.quality.runs import Run, make_run, table

TODAY = dt.date(2026, 1, 1)
DOC = "even/doc02"
Damage = Callable[[Run], None]


def judged(
    tmp_path: Path, damage: Damage, documents: int = 6, settings: CompareSettings | None = None
) -> Judgement:
    base = make_run(documents)
    run = base.copy()
    damage(run)
    return compare(base.write(tmp_path / "base"), run.write(tmp_path / "run"), settings, today=TODAY)


def failed_rules(judgement: Judgement) -> dict[str, list[str]]:
    return {rule.rule: list(rule.documents) for rule in judgement.rules if rule.status == "fail"}


def score_of(judgement: Judgement, path: str = DOC):
    return next(document for document in judgement.comparison.documents if document.path == path)


def drop_page(run: Run) -> None:
    run.documents[DOC] = [item for item in run.documents[DOC] if item["page_idx"] != 1]


def drop_page_and_count(run: Run) -> None:
    drop_page(run)
    run.page_counts[DOC] = 1


def swap_columns(run: Run) -> None:
    for path in run.documents:
        for page in range(2):
            texts = run.texts(path, page)
            bodies = [item["text"] for item in texts]
            for item, body in zip(texts, bodies[3:] + bodies[:3], strict=True):
                item["text"] = body


def lose_table_rows(run: Run) -> None:
    for path in run.documents:
        for item in run.of_type(path, "table"):
            head, *rows = item["table_body"].removesuffix("</table>").split("<tr>")[1:]
            item["table_body"] = "<table>" + "".join(f"<tr>{row}" for row in [head, *rows[:3]]) + "</table>"


def swap_table_columns(run: Run) -> None:
    for path in run.documents:
        for item in run.of_type(path, "table"):
            rows = [row.split("<td>") for row in item["table_body"].split("<tr>")]
            item["table_body"] = "<tr>".join(
                "<td>".join([*row[:1], *row[3:1:-1], row[1], *row[4:]]) if len(row) > 4 else "<td>".join(row)
                for row in rows
            )


def lose_one_table_row(run: Run) -> None:
    item = run.of_type(DOC, "table")[0]
    cut = item["table_body"].rindex("<tr>")
    item["table_body"] = item["table_body"][:cut] + "</table>"


def change_digits(run: Run) -> None:
    for item in run.texts(DOC):
        item["text"] = item["text"].replace("19", "18", 1)


def change_one_digit(run: Run) -> None:
    item = run.texts(DOC)[0]
    item["text"] = item["text"].replace("19", "18", 1)


def lose_decimal_points(run: Run) -> None:
    for item in run.of_type(DOC, "table"):
        item["table_body"] = item["table_body"].replace(".", "")


def repeat_tail(run: Run) -> None:
    run.texts(DOC)[-1]["text"] += " and so on" * 40


def invent_tables(run: Run) -> None:
    for path in run.documents:
        run.documents[path] += [
            {"type": "table", "table_body": table(99, 8), "page_idx": index, "bbox": [0, 0, 9, 9]}
            for index in range(2)
        ]


def empty_document(run: Run) -> None:
    run.documents[DOC] = []


def lose_document(run: Run) -> None:
    del run.documents[DOC]


def fail_document(run: Run) -> None:
    del run.documents[DOC]
    run.failed[DOC] = "the reader crashed"


def move_paragraphs(run: Run) -> None:
    for path in run.documents:
        for page in range(2):
            items = [i for i in run.documents[path] if i["page_idx"] == page]
            moved = run.texts(path, page)[:3]
            rest = [i for i in items if i not in moved]
            others = [i for i in run.documents[path] if i["page_idx"] != page]
            run.documents[path] = others + rest + moved


def halve(run: Run) -> None:
    for item in run.texts(DOC)[::2]:
        item["text"] = item["text"][: len(item["text"]) // 4]


def remove_formulas(run: Run) -> None:
    run.documents[DOC] = [item for item in run.documents[DOC] if item["type"] != "equation"]


def remove_one_formula_everywhere(run: Run) -> None:
    for path, items in run.documents.items():
        items.remove(run.of_type(path, "equation")[0])


def replace_formulas(run: Run) -> None:
    for item in run.of_type(DOC, "equation"):
        item["text"] = "$$\n\\varnothing\n$$"


def remove_a_table(run: Run) -> None:
    run.documents[DOC].remove(run.of_type(DOC, "table")[0])


def table_as_picture(run: Run) -> None:
    run.of_type(DOC, "table")[1]["table_body"] = ""


def reverse_a_paragraph(run: Run) -> None:
    item = run.texts(DOC)[2]
    item["text"] = item["text"][::-1]


def shuffle_words_of_a_paragraph(run: Run) -> None:
    item = run.texts(DOC)[2]
    words = item["text"].split()
    item["text"] = " ".join([*words[::-2], *words[-2::-2]])


def garble_a_page(run: Run) -> None:
    for item in run.texts(DOC, 1):
        item["text"] = "".join(c if c.isdigit() or c in " .," else "x" for c in item["text"])


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (remove_formulas, "formula-missing"),
        (remove_one_formula_everywhere, "formula-missing"),
        (replace_formulas, "formula-missing"),
        (remove_a_table, "table-missing"),
        (table_as_picture, "table-missing"),
        (reverse_a_paragraph, "block-floor"),
        (shuffle_words_of_a_paragraph, "block-floor"),
        (garble_a_page, "block-floor"),
        (garble_a_page, "page-floor"),
        (drop_page, "page-missing"),
        (drop_page_and_count, "page-count"),
        (swap_columns, "mean-order"),
        (lose_table_rows, "mean-table"),
        (swap_table_columns, "mean-table"),
        (lose_one_table_row, "numbers"),
        (change_digits, "numbers"),
        (lose_decimal_points, "numbers"),
        (repeat_tail, "repeated-tail"),
        (invent_tables, "mean-table"),
        (empty_document, "document-empty"),
        (empty_document, "document-floor"),
        (lose_document, "document-missing"),
        (lose_document, "document-floor"),
        (fail_document, "document-failed"),
        (move_paragraphs, "mean-order"),
        (halve, "length-ratio"),
    ],
)
def test_a_planted_regression_is_caught_by_its_rule(tmp_path: Path, damage: Damage, rule: str) -> None:
    judgement = judged(tmp_path, damage)
    assert judgement.verdict == "fail"
    caught = failed_rules(judgement)
    assert rule in caught, caught
    assert not caught[rule] or DOC in caught[rule]


@pytest.mark.parametrize("damage", [reverse_a_paragraph, remove_formulas])
def test_a_long_run_does_not_hide_it(tmp_path: Path, damage: Damage) -> None:
    """What the mean of 99 % says nothing of."""
    judgement = judged(tmp_path, damage, documents=30)
    assert judgement.comparison.run_match > 0.99
    assert DOC in next(iter(failed_rules(judgement).values()))


def join_paragraphs_over_pages(run: Run) -> None:
    """The last paragraph of a page goes on with the first of the next, as a writer may join them."""
    last, first = run.texts(DOC, 0)[-1], run.texts(DOC, 1)[0]
    last["text"] += " " + first["text"]
    run.documents[DOC].remove(first)


def join_tables_over_pages(run: Run) -> None:
    first, second = run.of_type(DOC, "table")
    first["table_body"] = first["table_body"].replace("</table>", "") + second["table_body"].replace(
        "<table>", ""
    )
    run.documents[DOC].remove(second)


def merge_paragraphs(run: Run) -> None:
    first, second = run.texts(DOC, 0)[1:3]
    first["text"] += " " + second["text"]
    run.documents[DOC].remove(second)


def cut_paragraphs_elsewhere(run: Run) -> None:
    first, second = run.texts(DOC, 0)[1:3]
    words = first["text"].split()
    first["text"], second["text"] = " ".join(words[:20]), " ".join([*words[20:], second["text"]])


@pytest.mark.parametrize(
    "damage",
    [join_paragraphs_over_pages, join_tables_over_pages, merge_paragraphs, cut_paragraphs_elsewhere],
)
def test_content_that_stands_elsewhere_has_not_vanished(tmp_path: Path, damage: Damage) -> None:
    found = score_of(judged(tmp_path, damage))
    codes = {problem.code for problem in found.problems}
    assert not codes & {"table-missing", "formula-missing", "block-floor", "page-floor"}, found.problems


def test_one_emptied_document_in_two_hundred_fails_although_the_mean_holds(tmp_path: Path) -> None:
    base = make_run(2, pages=1)
    some = base.documents["even/doc00"]
    base.documents = {f"d{n:03d}": some for n in range(200)}
    base.page_counts = dict.fromkeys(base.documents, 1)
    run = base.copy()
    run.documents["d077"] = []
    judgement = compare(
        base.write(tmp_path / "a"), run.write(tmp_path / "b"), CompareSettings(workers=1), today=TODAY
    )
    assert judgement.comparison.run_match == pytest.approx(0.995)
    assert "run-match" not in failed_rules(judgement)
    assert {"document-floor", "document-empty"} <= set(failed_rules(judgement))


def test_a_single_changed_digit_passes_and_is_listed(tmp_path: Path) -> None:
    judgement = judged(tmp_path, change_one_digit)
    assert judgement.verdict == "pass"
    numbers = score_of(judgement).numbers
    assert numbers.changed == 1
    assert (len(numbers.vanished), len(numbers.appeared)) == (1, 1)


def test_five_bad_tables_do_not_pass_a_gate_above_their_score(tmp_path: Path) -> None:
    """The mistake of dividing by something else than the number of tables."""
    judgement = judged(tmp_path, lose_table_rows)
    means = judgement.comparison.components
    assert means["table"] is not None
    assert means["table"] < 0.7


def test_deleting_what_was_read_badly_never_raises_a_score(tmp_path: Path) -> None:
    def spoil(run: Run) -> None:
        for item in run.texts(DOC)[:5]:
            item["text"] = item["text"][::-1]

    def spoil_and_delete(run: Run) -> None:
        spoil(run)
        gone = run.texts(DOC)[:5]
        run.documents[DOC] = [item for item in run.documents[DOC] if item not in gone]

    kept = score_of(judged(tmp_path / "1", spoil)).match
    deleted = score_of(judged(tmp_path / "2", spoil_and_delete)).match
    assert deleted <= kept


def bold(run: Run) -> None:
    for item in run.texts(DOC):
        first, rest = item["text"].split(" ", 1)
        item["text"] = f"**{first}** {rest}"


def headings(run: Run) -> None:
    for item in run.documents[DOC]:
        if item.get("text_level"):
            item["text_level"] = 2
            item["text"] = "## " + item["text"]


def white_space(run: Run) -> None:
    for item in run.texts(DOC):
        item["text"] = "  " + item["text"].replace(" ", " \n ", 7).replace(" the ", "\u00a0the ", 1) + "\n\n"


def cell_attributes(run: Run) -> None:
    for item in run.of_type(DOC, "table"):
        body = item["table_body"].replace("<td>", '<td style="text-align:right" class=x colspan="1">')
        item["table_body"] = body.replace("<table>", "<table border=1>\n<tbody>").replace(
            "</table>", "</tbody></table>"
        )


def quotes(run: Run) -> None:
    for item in run.of_type(DOC, "table"):
        item["table_caption"] = [
            c.replace('"', "“", 1).replace('"', "”").replace("–", "-") for c in item["table_caption"]
        ]


def latex_spacing(run: Run) -> None:
    for item in run.of_type(DOC, "equation"):
        text = item["text"].replace("\\left", "").replace("\\right", "").replace("\\quad", "\\, \\;")
        item["text"] = text.replace("\\mathrm{kg}", "k g").replace("=", " = ")


def line_breaks(run: Run) -> None:
    for item in run.texts(DOC):
        item["text"] = item["text"].replace(" ", "<br>", 3).replace("and", "a\u00adnd")


@pytest.mark.parametrize(
    "damage", [bold, headings, white_space, cell_attributes, quotes, latex_spacing, line_breaks]
)
def test_a_cosmetic_change_scores_exactly_one(tmp_path: Path, damage: Damage) -> None:
    judgement = judged(tmp_path, damage)
    assert judgement.comparison.run_match == 1.0
    assert judgement.verdict == "pass"
    assert not score_of(judgement).numbers.changed


def test_equal_runs_score_exactly_one(tmp_path: Path) -> None:
    judgement = judged(tmp_path, lambda run: None)
    found = judgement.comparison
    assert (found.run_match, found.run_match_weighted, judgement.verdict) == (1.0, 1.0, "pass")
    assert all(document.match == 1.0 and not document.changed_pages for document in found.documents)
    assert found.interval is not None
    assert (found.interval.low, found.interval.few) == (1.0, True)


@pytest.mark.parametrize(
    "damage", [drop_page, swap_columns, lose_table_rows, invent_tables, lose_document, halve]
)
def test_the_comparison_is_symmetric(tmp_path: Path, damage: Damage) -> None:
    base = make_run(4)
    run = base.copy()
    damage(run)
    one, other = base.write(tmp_path / "base"), run.write(tmp_path / "run")
    there, back = (compare(*pair, today=TODAY).comparison for pair in ((one, other), (other, one)))
    assert there.run_match == back.run_match
    assert there.run_match_weighted == back.run_match_weighted
    assert there.components == back.components


def test_strict_ci_holds_the_lower_bound_against_the_threshold(tmp_path: Path) -> None:
    gate = GateSettings(floor=0.0, max_changed_numbers=1.0)
    lenient = judged(tmp_path / "1", lose_one_table_row, 4, CompareSettings(gate=gate))
    assert lenient.verdict == "pass"
    low = lenient.comparison.interval.low
    assert low < lenient.comparison.run_match
    strict = GateSettings(
        floor=0.0, max_changed_numbers=1.0, strict_ci=True, threshold=(low + lenient.comparison.run_match) / 2
    )
    assert set(failed_rules(judged(tmp_path / "2", lose_one_table_row, 4, CompareSettings(gate=strict)))) == {
        "run-match"
    }


def test_documents_below_the_floor_can_be_put_up_with(tmp_path: Path) -> None:
    gate = GateSettings(threshold=0.5, component_floor=0.0, max_below_floor=1, max_changed_numbers=1.0)
    assert set(failed_rules(judged(tmp_path, empty_document, settings=CompareSettings(gate=gate)))) == {
        "document-empty"
    }


def move_one_paragraph(run: Run) -> None:
    items = run.documents[DOC]
    items.append(items.pop(items.index(run.texts(DOC, 0)[1])))


def test_a_single_moved_paragraph_is_listed_as_such(tmp_path: Path) -> None:
    judgement = judged(tmp_path, move_one_paragraph)
    line = summarise(judgement).worst[0]
    assert line.path == DOC
    assert "order" in line.changes[0]
    assert "text" not in line.changes[0]


@pytest.mark.parametrize(
    ("damage", "rule", "gate", "limits"),
    [
        (change_digits, "numbers", GateSettings(min_changed_numbers=50), CheckLimits()),
        (change_digits, "numbers", GateSettings(max_changed_numbers=1.0), CheckLimits()),
        (halve, "length-ratio", GateSettings(), CheckLimits(length_ratio=0.1)),
        (halve, "length-ratio", GateSettings(), CheckLimits(length_from=100_000)),
        (repeat_tail, "repeated-tail", GateSettings(), CheckLimits(repeats=50)),
        (swap_columns, "mean-order", GateSettings(component_floor=0.1), CheckLimits()),
        (reverse_a_paragraph, "block-floor", GateSettings(), CheckLimits(block_floor=0.0)),
        (reverse_a_paragraph, "block-floor", GateSettings(), CheckLimits(block_from=100_000)),
        (garble_a_page, "page-floor", GateSettings(), CheckLimits(page_floor=0.0)),
        (swap_columns, "mean-order", GateSettings(component_documents=50), CheckLimits()),
    ],
)
def test_every_limit_of_the_gate_can_be_set(
    tmp_path: Path, damage: Damage, rule: str, gate: GateSettings, limits: CheckLimits
) -> None:
    assert rule in failed_rules(judged(tmp_path / "default", damage))
    settings = CompareSettings(gate=gate, scoring=Scoring(limits=limits))
    assert rule not in failed_rules(judged(tmp_path / "set", damage, settings=settings))


def test_less_than_a_limit_never_looks_like_it() -> None:
    assert [percent(share) for share in (0.949999, 0.95, 0.999999, 1.0, 0.29, 0.07)] == [
        "94.99 %", "95.00 %", "99.99 %", "100.00 %", "29.00 %", "7.00 %",
    ]  # fmt: skip
