"""``compare-baseline`` and ``baseline`` as commands: files, output, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mineru_cli.cli.compare import default_settings
from tests.quality.runs import make_run

OF_CI = ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY")


@pytest.fixture
def run(program):
    """Run a command line in this process, in a folder and with these variables."""

    def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            for name in OF_CI:
                patch.delenv(name, raising=False)
            for name, value in environment.items():
                patch.setenv(name, value)
            return subprocess.CompletedProcess(arguments, *program(*arguments))

    return run


def test_it_works_as_written_with_nothing_else_given(run, tmp_path: Path) -> None:
    make_run(3).write(tmp_path / "mineru-output")
    assert run(tmp_path, "baseline", "record", "mineru-output", "-o", "baseline").returncode == 0
    step = tmp_path / "step.md"
    done = run(tmp_path, "compare-baseline", "--json", "q.json", GITHUB_STEP_SUMMARY=str(step))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith("Pass")
    assert json.loads((tmp_path / "q.json").read_text())["run_match"] == 1.0
    assert "✅ Pass" in step.read_text()


@pytest.mark.spec("orchestration/quality-gate/the-exit-code-shows-the-verdict")
def test_exit_codes_say_what_happened(run, tmp_path: Path) -> None:
    base = make_run(3)
    worse = base.copy()
    worse.documents["odd/doc01"] = []
    other_pages = base.copy()
    other_pages.settings["pages"] = "1"
    for name, one in (("base", base), ("worse", worse), ("pages", other_pages)):
        one.write(tmp_path / name)
    assert run(tmp_path, "compare-baseline", "base", "base").returncode == 0
    failed = run(tmp_path, "compare-baseline", "base", "worse")
    assert failed.returncode == 1
    assert "odd/doc01" in failed.stdout
    usage = run(tmp_path, "compare-baseline", "base", "nowhere")
    assert (usage.returncode, "nowhere" in usage.stderr) == (2, True)
    assert run(tmp_path, "compare-baseline", "base", "base", "--weights", "text=x").returncode == 2
    incomparable = run(tmp_path, "compare-baseline", "base", "pages")
    assert (incomparable.returncode, "pages" in incomparable.stderr) == (3, True)


def test_an_allow_list_in_the_working_directory_is_found(run, tmp_path: Path) -> None:
    base = make_run(3)
    worse = base.copy()
    worse.documents["odd/doc01"] = []
    base.write(tmp_path / "base")
    worse.write(tmp_path / "worse")
    entry = {"document": "odd/doc01", "until": "2999-12-31", "reason": "known"}
    (tmp_path / "quality-allow.json").write_text(json.dumps({"allow": [entry]}))
    assert run(tmp_path, "compare-baseline", "base", "worse").returncode == 0
    (tmp_path / "quality-allow.json").write_text(json.dumps({"allow": [{**entry, "until": "2020-01-01"}]}))
    assert run(tmp_path, "compare-baseline", "base", "worse").returncode == 1
    (tmp_path / "quality-allow.json").write_text(json.dumps({"allow": [{**entry, "until": "some day"}]}))
    assert run(tmp_path, "compare-baseline", "base", "worse").returncode == 2


def test_approving_in_ci_is_refused_without_force(run, tmp_path: Path) -> None:
    make_run(2).write(tmp_path / "out")
    run(tmp_path, "baseline", "record", "out")
    approve = ("baseline", "approve", "out", "--docs", "*", "--reason", "why")
    assert run(tmp_path, *approve, CI="true").returncode == 2
    assert run(tmp_path, *approve, "--force", CI="true").returncode == 0
    assert run(tmp_path, *approve).returncode == 0
    assert run(tmp_path, *approve[:-2]).returncode == 2


def test_what_is_not_there_is_reported_with_the_way_to_get_it(run, tmp_path: Path) -> None:
    nothing = run(tmp_path, "compare-baseline")
    assert nothing.returncode == 2
    assert "mineru-batch baseline record" in nothing.stderr
    make_run(1).write(tmp_path / "baseline")
    unconverted = run(tmp_path, "compare-baseline")
    assert unconverted.returncode == 2
    assert "mineru-batch convert" in unconverted.stderr


def test_a_report_that_cannot_be_written_is_an_error_before_or_after_the_verdict(run, tmp_path: Path) -> None:
    make_run(1).write(tmp_path / "base")
    folder = run(tmp_path, "compare-baseline", "base", "base", "--html", ".")
    assert (folder.returncode, folder.stdout) == (2, "")
    assert "--html" in folder.stderr
    full = run(tmp_path, "compare-baseline", "base", "base", "--json", "/dev/full")
    assert full.returncode == 1
    assert full.stdout.strip().startswith("Pass")
    assert "--json" in full.stderr


def test_a_step_summary_that_cannot_be_written_leaves_the_verdict_alone(run, tmp_path: Path) -> None:
    make_run(1).write(tmp_path / "base")
    done = run(tmp_path, "compare-baseline", "base", "base", GITHUB_STEP_SUMMARY="/dev/full")
    assert done.returncode == 0
    assert "GITHUB_STEP_SUMMARY" in done.stderr


def test_a_report_can_go_to_the_standard_output(tmp_path: Path) -> None:
    make_run(1).write(tmp_path / "base")
    command = [
        sys.executable,
        "-m",
        "mineru_cli",
        "compare-baseline",
        "base",
        "base",
        "--markdown",
        "/dev/stdout",
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "## ✅ Pass" in done.stdout


def test_convert_compares_by_the_same_allow_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_settings().allow is None
    Path("quality-allow.json").write_text('{"allow": []}')
    assert default_settings().allow == Path("quality-allow.json")


def test_failures_are_annotated_for_github_only(run, tmp_path: Path) -> None:
    base = make_run(14)
    worse = base.copy()
    for path in list(worse.documents)[:12]:
        worse.documents[path] = []
    hostile = worse.texts("odd/doc13")[0]
    hostile["text"] = "::error title=hacked::x\n::set-output name=a::b %0A"
    base.write(tmp_path / "base")
    worse.write(tmp_path / "worse")
    shown = run(tmp_path, "compare-baseline", "base", "worse", GITHUB_ACTIONS="true")
    errors = [line for line in shown.stderr.splitlines() if line.startswith("::")]
    assert shown.returncode == 1
    assert len(errors) == 10
    assert errors[0].startswith("::error title=Quality gate failed::")
    assert all(line.startswith("::error title=") for line in errors)
    assert "::error" not in run(tmp_path, "compare-baseline", "base", "worse").stderr
    assert "::error" not in run(tmp_path, "compare-baseline", "base", "base", GITHUB_ACTIONS="true").stderr
