"""``convert --report`` and ``runs show --html`` as processes, against a server on a real socket."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ui.run_folders import pdf
from vllm_double import DoubleProcess


def mineru(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mineru_cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)


def test_a_run_leaves_its_timeline_and_its_page(tmp_path: Path):
    pdf(tmp_path / "a.pdf", 3)
    out, page, later = tmp_path / "out", tmp_path / "pages" / "run.html", tmp_path / "later.html"
    with DoubleProcess("--slots", "8") as double:
        done = mineru(
            "convert",
            tmp_path / "a.pdf",
            "-o",
            out,
            "--server-url",
            double.url,
            "--report",
            page,
            "--workers",
            1,
        )
    assert done.returncode == 0, done.stderr
    assert str(page) in done.stdout
    timeline = json.loads((out / ".mineru-batch" / "timeline.json").read_text())
    assert sum(timeline["pages"]["values"]) == 3
    assert list(timeline["servers"]) == [double.url]
    shown = mineru("runs", "show", out, "--html", later)
    assert (shown.returncode, shown.stdout) == (0, f"written: {later}\n")
    refused = mineru("runs", "show", out, "--html", out)
    assert refused.returncode == 2
    assert f"--html: {out} is a folder" in refused.stderr
    assert later.read_text() == page.read_text()


def test_a_folder_as_the_report_is_refused_before_anything_is_done(tmp_path: Path):
    done = mineru("convert", tmp_path, "-o", tmp_path / "out", "--report", tmp_path)
    assert done.returncode == 2
    assert "--report" in done.stderr
    assert not (tmp_path / "out").exists()
