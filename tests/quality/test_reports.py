from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import corpus
import pytest

from mineru_cli.errors import UsageError
from mineru_cli.pages.drawing import Drawer, Style
from mineru_cli.quality.blocks import ComparedBlock, Document, Kind, Page
from mineru_cli.quality.matching.page_pair import pair_pages
from mineru_cli.quality.reports.changes import what_changed
from mineru_cli.quality.reports.ci import junit_report
from mineru_cli.quality.reports.differences import (
    RowDifference,
    page_difference,
    table_difference,
    word_difference,
)
from mineru_cli.quality.reports.files import append_summary, check_files, write_reports
from mineru_cli.quality.reports.html import html_report, page_pictures
from mineru_cli.quality.reports.json import json_report
from mineru_cli.quality.reports.markdown import LIMIT, escape, markdown_report
from mineru_cli.quality.reports.summary import summarise
from mineru_cli.quality.results import Judgement
from mineru_cli.quality.score import score_document
from mineru_cli.quality.table import ComparedTable, read_table
from mineru_cli.ui.tables.quality import show_quality


def test_json_has_what_scripts_rely_on(judgement: Judgement) -> None:
    report = json.loads(json_report(judgement))
    assert report["verdict"] == "fail"
    assert set(report["components"]) == {"text", "table", "formula", "order"}
    documents = {document["path"]: document for document in report["documents"]}
    keys = {"path", "match", "text", "table", "table_structure", "formula", "order"}
    assert all(keys <= set(document) for document in documents.values())
    assert documents["odd/doc03"]["match"] == 0.0
    assert documents["odd/doc01"]["match"] == 1.0
    assert documents["even/doc02"]["changed_pages"][0]["page"] == 1
    assert documents["even/doc02"]["numbers"]["changed"] >= 2
    rules = {rule["rule"]: rule for rule in report["rules"]}
    assert rules["document-missing"]["documents"] == ["odd/doc03"]
    assert report["run_match"] == pytest.approx(sum(d["match"] for d in documents.values()) / len(documents))
    assert report["interval"]["few_documents"]


def test_a_component_absent_on_both_sides_is_null(judgement: Judgement) -> None:
    for document in json.loads(json_report(judgement))["documents"]:
        assert document["informational"]["images"] is None


def test_a_known_failure_is_overlooked_until_its_day(judgement: Judgement) -> None:
    broken = {path for rule in judgement.rules if rule.status == "fail" for path in rule.documents}
    assert "even/doc04" not in broken
    assert "odd/doc03" in broken
    assert [one.document for one in judgement.comparison.expired] == ["odd/doc03"]
    notes = " ".join(summarise(judgement).notes)
    assert "odd/doc03 expired" in notes


def test_junit_is_valid_and_counts_what_failed(judgement: Judgement) -> None:
    root = ET.fromstring(junit_report(judgement, summarise(judgement)))
    rules, documents = root.findall("testsuite")
    failed = {case.get("name") for case in rules.findall("testcase") if case.find("failure") is not None}
    assert {"document-missing", "run-match"} <= failed
    assert rules.get("failures") == str(len(failed))
    cases = {case.get("name"): case for case in documents.findall("testcase")}
    assert "broke" in cases["odd/doc03"].find("failure").get("message")
    assert cases["even/doc04"].find("skipped") is not None
    assert documents.get("tests") == str(len(judgement.comparison.documents))


def test_markdown_is_cut_below_its_limit(judgement: Judgement) -> None:
    summary = summarise(judgement)
    whole = markdown_report(summary)
    assert "❌ Fail" in whole
    assert "**odd/doc03** 0.0000 · broke document-floor, document-missing\n" in whole
    assert len(whole.encode()) < LIMIT
    short = len(whole.encode()) - 300
    cut = markdown_report(summary, short)
    assert len(cut.encode()) <= short
    assert re.search(r"and \d+ more documents", cut)


def test_untrusted_text_has_no_effect_in_markdown() -> None:
    shown = escape("<b>@you</b> [x](http://evil) | `a` **b**\n# c \x1b[0m www.evil.example")
    for effect in ("<", "@", "[", "|", "`", "*", "\n", "\x1b", "://", "www."):
        assert effect not in shown


def test_the_terminal_shows_the_verdict_first_and_no_escape_of_strangers(judgement: Judgement) -> None:
    stream = io.StringIO()
    show_quality(summarise(judgement), stream, {"NO_COLOR": "1"}, most=3)
    text = stream.getvalue()
    assert text.strip().startswith("Fail")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "more changed ones not shown" in text


class Elements(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_html_is_one_file_and_everything_in_it_is_escaped(judgement: Judgement) -> None:
    text = html_report(judgement, summarise(judgement))
    assert "<script>window.hacked" not in text
    elements = Elements()
    elements.feed(text)
    tags = [tag for tag, _ in elements.found]
    assert tags.count("script") == tags.count("style") == 1
    assert "img" not in tags
    for _, attributes in elements.found:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href"):
            assert (attributes.get(name) or "data:").startswith(("data:", "#"))


def test_reports_are_written_to_the_requested_paths(judgement: Judgement, tmp_path: Path) -> None:
    names = {"json": "a.json", "junit": "b/c.xml", "markdown": "d.md", "html": "e.html"}
    summary = summarise(judgement)
    write_reports(judgement, summary, {k: tmp_path / v for k, v in names.items()})
    assert all((tmp_path / name).stat().st_size for name in names.values())
    step = tmp_path / "step.md"
    step.write_text("before\n")
    append_summary(summary, step)
    assert step.read_text().startswith("before\n## ❌")
    for room in (3_000, 100):
        step.write_text("x" * (LIMIT - room))
        append_summary(summary, step)
        assert step.stat().st_size < 1024 * 1024


def test_different_words_are_shown_next_to_equal_ones() -> None:
    assert word_difference("a b c d", "a x c d e") == (
        ("equal", "a"),
        ("missing", "b"),
        ("extra", "x"),
        ("equal", "c d"),
        ("extra", "e"),
    )


def as_lines(rows: tuple[RowDifference, ...]) -> list[str]:
    """A table's difference as text: - missing, + extra, * changed, … skipped."""
    marks = {"equal": " ", "missing": "-", "extra": "+", "changed": "*"}
    return [
        f"{marks[row.status]}…{row.skipped}"
        if row.skipped
        else " ".join(
            f"{marks[c.status]}{c.base}>{c.run}".replace(" ", "")
            if c.base != c.run
            else f"{marks[c.status]}{c.base}".strip()
            for c in row.cells
        )
        for row in rows
    ]


def html_table(*rows: str) -> ComparedTable:
    return read_table("".join("<tr>" + "".join(f"<td>{cell}" for cell in row.split()) for row in rows))


def test_tables_differ_cell_by_cell() -> None:
    base, run = html_table("a b", "1 2", "3 4"), html_table("a b", "1 7")
    assert as_lines(table_difference(base, run)) == ["a b", "1 *2>7", "-3 -4"]


def test_a_long_table_shows_the_differences_with_their_context() -> None:
    rows = [f"{n} {n}.5" for n in range(40)]
    lost = html_table(*rows[:20], "20 x", *rows[21:30])
    assert as_lines(table_difference(html_table(*rows), lost)) == [
        "0 0.5", " …18", "19 19.5", "20 *20.5>x", "21 21.5", " …7", "29 29.5",
        *(f"-{n} -{n}.5" for n in range(30, 36)), "-…4",
    ]  # fmt: skip


def test_a_cell_that_only_spans_otherwise_is_a_changed_one() -> None:
    base = read_table("<tr><td>a</td><td>b</td></tr>")
    run = read_table("<tr><td colspan=2>a</td><td>b</td></tr>")
    assert [(c.status, c.base, c.run) for c in table_difference(base, run)[0].cells] == [
        ("changed", "a", "a"),
        ("equal", "b", "b"),
    ]


def test_a_long_text_shows_the_differences_with_their_context() -> None:
    words = [f"w{n}" for n in range(300)]
    found = word_difference(" ".join(words), " ".join([*words[:150], "new", *words[151:]]))
    assert [kind for kind, _ in found] == ["skipped", "equal", "missing", "extra", "equal", "skipped"]
    assert found[0][1] == "125 equal words"
    assert found[1][1].split()[-1] == "w149"


def page_of(*texts: str) -> Page:
    return Page(0, tuple(ComparedBlock(Kind.TEXT, "text", text, box=(0, 0, 500, 90)) for text in texts))


def test_moved_blocks_are_distinguished_from_unmoved_ones() -> None:
    names = ["first paragraph", "second thing", "third of them all", "and a fourth line"]
    pair = pair_pages(0, page_of(*names), page_of(*names[1:], names[0]))
    found = page_difference(pair)
    assert [(block.status, block.words) for block in found.blocks] == [("moved", (("equal", names[0]),))]
    assert found.equal == 3
    assert [box.status for box in found.run_boxes].count("moved") == 1


def test_boxes_have_the_number_of_their_block() -> None:
    found = page_difference(pair_pages(0, page_of("one", "two 2"), page_of("one", "two 3", "new")))
    numbers = {block.number for block in found.blocks}
    assert {box.number for box in (*found.base_boxes, *found.run_boxes) if box.status != "equal"} == numbers


def changes(base: Page, run: Page) -> list[str]:
    return list(what_changed(score_document("d", Document("d", (base,)), Document("d", (run,)))))


def test_a_changed_numeral_is_reported_with_its_new_value() -> None:
    told = changes(page_of("0.85 30.60 48.00 329.88 5 5 5 in all"), page_of("085 3060 4800 in all"))
    assert "0.85 → 085, 30.60 → 3060, 48.00 → 4800, 329.88 vanished, 5 vanished ×3" in " ".join(told)


def test_a_document_missing_in_the_baseline_is_explained() -> None:
    assert changes(page_of(), page_of("some text")) == ["the baseline has nothing of it"]


def test_the_headline_is_about_the_documents_that_are_judged(judgement: Judgement) -> None:
    summary = summarise(judgement)
    assert "over 6 documents and 1 known to fail" in summary.headline
    assert "rules fail: run match" in summary.headline
    assert [rule.status for rule in summary.rules] == sorted(
        (rule.status for rule in summary.rules), key=["fail", "pass", "off"].index
    )


def test_a_report_cannot_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--junit"):
        check_files({"json": None, "junit": tmp_path})


def test_a_pdf_that_hangs_costs_its_pictures_only(tmp_path: Path) -> None:
    pdf = tmp_path / "a.pdf"
    pdf.write_bytes(corpus.text_pdf([corpus.prose("a", 0)]))
    style = Style(dpi=90, max_side=1000, image_format="jpeg", quality=60)
    with Drawer(style, 0.0) as drawer:
        assert page_pictures(drawer, pdf, [0]) == {}
    with Drawer(style) as drawer:
        assert page_pictures(drawer, pdf, [0, 7])[0].uri.startswith("data:image/jpeg")
