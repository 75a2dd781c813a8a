"""The counts of a run that went on from another: summary, run.json, runs show, list, failures and report agree."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from mineru_cli.ui.report.run_page import render
from mineru_cli.ui.report.source import read_run
from tests import corpus
from tests.vllm_double import Double


def command(*arguments: str | Path, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mineru_cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=100,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", "NO_COLOR": "1"},
    )
    assert done.returncode == code, done.stdout + done.stderr
    return re.sub(r"\s+", " ", done.stdout)


def test_every_account_of_a_resumed_run_has_the_same_counts(tmp_path: Path):
    inputs, out = tmp_path / "in", tmp_path / "out"
    inputs.mkdir()
    (inputs / "two.pdf").write_bytes(corpus.text_pdf([corpus.prose("two", n) for n in range(2)]))
    (inputs / "bad-1.pdf").write_text("not a PDF")
    with Double() as double:
        convert = ("convert", inputs, "-o", out, "--server-url", double.url, "--workers", "1")
        command(*convert, "--progress", "log", code=1)
        (inputs / "bad-2.pdf").write_text("not a PDF either")
        (inputs / "three.pdf").write_bytes(corpus.text_pdf([corpus.prose("three", n) for n in range(3)]))
        summary = command(*convert, "--progress", "log", code=1)
        third = command(*convert, "--progress", "log", code=1)
    assert (
        "documents 1 done, 2 failed, 1 done before 1 partial or failed in an earlier run, not tried again"
        in summary
    )
    assert "pages 3 done, 2 done before" in summary
    assert "from earlier runs: 1 document" in summary
    assert "documents 2 failed, 2 done before 2 partial or failed in an earlier run, not tried again" in third
    assert "pages 5 done before" in third
    assert "0.0 pages/s, 0.0 PDFs/h" in third
    run = json.loads((out / ".mineru-batch" / "run.json").read_text())
    assert run["documents"] == {"total": 4, "done": 0, "partial": 0, "failed": 2, "skipped": 2}
    assert run["earlier"] == {"partial": 0, "failed": 2}
    assert (run["pages"]["done"], run["pages"]["skipped"]) == (0, 5)
    shown = command("runs", "show", out)
    assert "4 total, 0 done, 0 partial, 2 failed, 2 done before" in shown
    assert "2 partial or failed in an earlier run, not tried again" in shown
    assert "5 done before" in shown
    assert command("runs", "list", out).count("finished with failures") == 3
    failures = command("runs", "failures", out, code=0)
    page = render(read_run(out))
    assert "2 partial or failed in an earlier run, not tried again" in page
    for name in ("bad-1", "bad-2"):
        assert name in failures
        assert name in page
