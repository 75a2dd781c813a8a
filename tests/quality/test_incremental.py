from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from mineru_cli.quality.compare import compare
from mineru_cli.quality.errors import DifferentPages
from mineru_cli.quality.observer import RunningComparison
from tests.quality.runs import make_run


def test_the_running_score_ends_as_the_reports_score(tmp_path: Path) -> None:
    base = make_run(4)
    run = base.copy()
    run.texts("odd/doc01")[0]["text"] = "not what it was"
    base.write(tmp_path / "base")
    run.write(tmp_path / "run")
    running = RunningComparison(tmp_path / "base", tmp_path / "run")
    assert running.match is None
    scores = [running.add(path) for path in run.documents]
    assert running.documents == 4
    assert [score.match == 1.0 for score in scores if score] == [True, False, True, True]
    whole = compare(tmp_path / "base", tmp_path / "run", today=dt.date(2026, 1, 1))
    assert running.match == pytest.approx(whole.comparison.run_match)


def test_documents_the_baseline_does_not_know_are_left_alone(tmp_path: Path) -> None:
    make_run(2).write(tmp_path / "base")
    running = RunningComparison(tmp_path / "base", tmp_path / "run")
    assert running.add("unknown") is None
    score = running.add("odd/doc01")
    assert score is not None
    assert score.match == 0.0


def test_pages_that_differ_from_the_baselines_are_reported_before_the_conversion(tmp_path: Path) -> None:
    make_run(2).write(tmp_path / "base")
    with pytest.raises(DifferentPages, match="1-5"):
        RunningComparison(tmp_path / "base", tmp_path / "run", pages="1-5")
