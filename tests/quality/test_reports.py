from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from mineru_cli.quality.comparison import Judgement
from mineru_cli.quality.reports.differences import table_difference, word_difference
from mineru_cli.quality.reports.files import write_reports
from mineru_cli.quality.reports.html import write_html
from mineru_cli.quality.reports.json import json_report
from mineru_cli.quality.reports.junit import junit_report
from mineru_cli.quality.reports.markdown import LIMIT, escape, markdown_report
from mineru_cli.quality.reports.summary import summarise
from mineru_cli.quality.table import read_table
from mineru_cli.ui.quality import show_quality


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
    root = ET.fromstring(junit_report(judgement))
    rules, documents = root.findall("testsuite")
    failed = {case.get("name") for case in rules.findall("testcase") if case.find("failure") is not None}
    assert {"document-missing", "run-match"} <= failed
    assert rules.get("failures") == str(len(failed))
    cases = {case.get("name"): case for case in documents.findall("testcase")}
    assert "broke" in cases["odd/doc03"].find("failure").get("message")
    assert cases["even/doc04"].find("skipped") is not None
    assert documents.get("tests") == str(len(judgement.comparison.documents))


def test_markdown_is_cut_below_its_limit(judgement: Judgement) -> None:
    whole = markdown_report(judgement)
    assert "❌ Fail" in whole
    assert len(whole.encode()) < LIMIT
    cut = markdown_report(judgement, 2200)
    assert len(cut.encode()) <= 2200
    assert re.search(r"and \d+ more documents", cut)


def test_strangers_text_has_no_effect_in_markdown() -> None:
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


def test_html_is_one_file_and_everything_in_it_is_escaped(judgement: Judgement, tmp_path: Path) -> None:
    write_html(judgement, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
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


def test_reports_are_written_where_they_were_asked_for(judgement: Judgement, tmp_path: Path) -> None:
    names = {"json": "a.json", "junit": "b/c.xml", "markdown": "d.md", "html": "e.html"}
    step = tmp_path / "step.md"
    step.write_text("before\n")
    write_reports(judgement, {k: tmp_path / v for k, v in names.items()}, step_summary=step)
    assert all((tmp_path / name).stat().st_size for name in names.values())
    assert step.read_text().startswith("before\n## ❌")


def test_words_that_differ_stand_beside_those_that_do_not() -> None:
    assert word_difference("a b c d", "a x c d e") == (
        ("equal", "a"),
        ("missing", "b"),
        ("extra", "x"),
        ("equal", "c d"),
        ("extra", "e"),
    )


def test_tables_differ_cell_by_cell() -> None:
    base = read_table("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>")
    run = read_table("<table><tr><td>1</td><td>7</td></tr></table>")
    rows = table_difference(base, run)
    assert [[(cell.status, cell.base, cell.run) for cell in row] for row in rows] in (
        [
            [("equal", "1", "1"), ("changed", "2", "7")],
            [("missing", "3", "3"), ("missing", "4", "4")],
        ],
        [
            [("missing", "1", "1"), ("missing", "2", "2")],
            [("changed", "3", "1"), ("changed", "4", "7")],
        ],
    )
