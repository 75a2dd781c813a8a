"""The ground-truth mode: not how good, but whether worse than before."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from mineru_cli.quality.compare import compare
from mineru_cli.quality.reports.summary import summarise
from mineru_cli.quality.results import Judgement
from mineru_cli.quality.settings import CompareSettings
from tests.quality.runs import Run, make_run

TODAY = dt.date(2026, 1, 1)


def spoiled(run: Run, every: int, start: int = 0) -> Run:
    """The same run with every n-th word of its prose wrong."""
    copy = run.copy()
    for path in copy.documents:
        for item in copy.texts(path):
            words = item["text"].split(" ")
            for n in range(start, len(words), every):
                words[n] = "wrong"
            item["text"] = " ".join(words)
    return copy


def judged(tmp_path: Path, base: Run, run: Run, truth: Run) -> Judgement:
    for name, one in (("base", base), ("run", run), ("truth", truth)):
        one.write(tmp_path / name)
    settings = CompareSettings(truth=tmp_path / "truth", workers=1)
    return compare(tmp_path / "base", tmp_path / "run", settings, today=TODAY)


def statuses(judgement: Judgement) -> dict[str, str]:
    return {rule.rule: rule.status for rule in judgement.rules}


def test_two_engines_far_from_the_truth_pass_when_they_are_equally_far(tmp_path: Path) -> None:
    truth = make_run(8)
    judgement = judged(tmp_path, spoiled(truth, 6), spoiled(truth, 6, start=1), truth)
    found = judgement.comparison.truth
    assert found is not None
    assert found.run_match < 0.95
    assert found.match == pytest.approx(0.0, abs=0.01)
    assert judgement.verdict == "pass"
    assert statuses(judgement)["run-match"] == "off"
    assert statuses(judgement)["truth-match"] == "pass"


def test_a_worse_engine_fails_and_a_better_one_passes(tmp_path: Path) -> None:
    truth = make_run(8)
    worse = judged(tmp_path / "1", spoiled(truth, 12), spoiled(truth, 6), truth)
    assert statuses(worse)["truth-match"] == "fail"
    assert worse.verdict == "fail"
    better = judged(tmp_path / "2", spoiled(truth, 6), spoiled(truth, 12), truth)
    assert better.verdict == "pass"
    assert better.comparison.truth is not None
    assert better.comparison.truth.match > 0.01
    before, after = better.comparison.truth.matches["even/doc00"]
    assert after > before


def test_the_documents_that_lost_most_against_the_truth_come_first(tmp_path: Path) -> None:
    truth = make_run(8)
    base, run = spoiled(truth, 12), spoiled(truth, 12)
    run.documents["odd/doc05"] = spoiled(truth, 2).documents["odd/doc05"]
    run.documents["even/doc00"] = truth.documents["even/doc00"]
    summary = summarise(judged(tmp_path, base, run, truth))
    assert [line.path for line in summary.worst] == ["odd/doc05", "even/doc00"]
    assert "match with the truth" in summary.worst[0].changes[0]
    assert "match with the truth" in summary.headline


def test_tables_are_held_against_the_truth_on_their_own(tmp_path: Path) -> None:
    truth = make_run(8)
    run = truth.copy()
    for path in run.documents:
        for item in run.of_type(path, "table"):
            cut = item["table_body"].rindex("<tr>")
            item["table_body"] = item["table_body"][:cut] + "</table>"
    rules = statuses(judged(tmp_path, truth, run, truth))
    assert rules["truth-table"] == "fail"


def test_hard_checks_hold_in_this_mode_too(tmp_path: Path) -> None:
    truth = make_run(8)
    run = truth.copy()
    del run.documents["odd/doc03"]
    assert statuses(judged(tmp_path, truth, run, truth))["document-missing"] == "fail"


def test_tables_invented_where_the_truth_has_none_count(tmp_path: Path) -> None:
    truth = make_run(8)
    for path, items in truth.documents.items():
        truth.documents[path] = [item for item in items if item["type"] != "table"]
    run = truth.copy()
    for path in run.documents:
        run.documents[path] += make_run(1).of_type("even/doc00", "table")
    rules = statuses(judged(tmp_path, truth, run, truth))
    assert rules["truth-table"] == "fail"
