"""``convert --baseline``: a running score, the report at the end, and the gate in the exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from vllm_double import DoubleProcess

from tests.chaos.command import ROOT, convert
from tests.chaos.conftest import DOCUMENTS


@pytest.mark.spec("orchestration/quality-gate/a-run-is-scored-while-it-converts")
def test_a_run_is_scored_against_its_baseline(tmp_path: Path, pdfs: Path) -> None:
    with DoubleProcess() as double:
        base = tmp_path / "base"
        first = convert(tmp_path, pdfs, "-o", base, "--server-url", double.url)
        assert first.process.returncode == 0
        arguments = (pdfs, "--server-url", double.url, "--baseline", base)
        same = convert(tmp_path, *arguments, "-o", tmp_path / "same")
        assert same.process.returncode == 0, same.errors()
        scores = same.events("document-scored")
        assert scores
        assert {event["match"] for event in scores} == {1.0}
        shorter = convert(tmp_path, *arguments, "-o", tmp_path / "shorter", "--limit", 5)
        assert shorter.process.returncode == 1, "documents are missing"
        assert "Fail: " in shorter.errors()
        assert "documents missing" in shorter.errors()
        pages = convert(tmp_path, *arguments, "-o", tmp_path / "pages", "--pages", "1")
        assert pages.process.returncode == 3
        assert not (tmp_path / "pages").exists(), "told before any work"


def test_the_report_is_printed_at_the_end(tmp_path: Path, pdfs: Path) -> None:
    with DoubleProcess() as double:
        convert(tmp_path, pdfs, "-o", tmp_path / "base", "--server-url", double.url)
        done = subprocess.run(
            [sys.executable, "-m", "mineru_cli", "convert", str(pdfs), "-o", str(tmp_path / "run"),
             "--server-url", double.url, "--baseline", str(tmp_path / "base"), "--progress", "log"],
            capture_output=True, text=True, cwd=ROOT,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"Pass: 100.00 % match over {DOCUMENTS} documents" in done.stdout


def test_a_baseline_that_is_none_is_reported_before_any_work(tmp_path: Path, pdfs: Path) -> None:
    (tmp_path / "empty").mkdir()
    run = convert(tmp_path, pdfs, "-o", tmp_path / "out", "--baseline", tmp_path / "empty")
    assert run.process.returncode == 2
    assert "empty" in run.errors()
    assert not (tmp_path / "out").exists()
