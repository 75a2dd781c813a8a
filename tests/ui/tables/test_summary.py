from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from mineru_cli.domain import events as ev
from mineru_cli.domain.failure import Failure
from mineru_cli.observe.progress import RunProgress
from mineru_cli.ui.tables.summary import next_steps, show_summary

ROOT = Path(__file__).parents[3]


def ended(outcome, code, *more, reason=""):
    progress = RunProgress()
    happenings = [
        ev.DiscoveryProgress(40, 0, True),
        ev.DocumentSkipped("old", 3),
        ev.DocumentFinished("a", "done", 1200, 0, 5.0),
        *more,
        ev.RunFinished(
            outcome, code, 100.0, "Stopped." if code else "", "Do this." if code else "", reason=reason
        ),
    ]
    for at, event in enumerate(happenings):
        progress.apply(event, 100.0 + at)
    return progress.snapshot(200)


FAILED = (
    ev.DocumentFinished(
        "b\x1b[2J", "failed", 0, 0, 1.0, Failure("document-encrypted", "no", "Give --password.")
    ),
    ev.DocumentFinished("c", "failed", 0, 0, 1.0, Failure("document-encrypted", "no", "Give --password.")),
)


def shown(state, output="out dir"):
    stream = io.StringIO()
    show_summary(state, stream, {}, output=output, command="mineru-batch convert 'my pdfs'")
    return stream.getvalue()


def test_a_good_run_leads_to_its_results():
    state = ended("finished", 0)
    text = shown(state)
    for command in (
        "runs view 'out dir'",
        "runs show 'out dir' --html run.html",
        "baseline record 'out dir'",
    ):
        assert f"mineru-batch {command}" in text
    assert not any("--html" in step.command for step in next_steps(state, "out", "", page="run.html"))
    assert "Finished after 1 min 40 s" in text
    assert "1 done" in text
    assert "1,200 done" in text
    assert "1 done before" in text
    assert "out dir" in text
    assert "runs retry" not in text
    assert "\x1b" not in text


def test_a_reverted_rollout_is_no_failure_of_documents():
    text = shown(ended("finished", 1, reason="rollout-reverted"))
    assert "Finished, but the rollout was reverted" in text
    assert "runs retry" not in text


def test_a_run_whose_record_is_incomplete_has_no_failures_to_show():
    text = shown(ended("finished", 5, reason="record-incomplete"))
    assert "Finished, but its record is incomplete after" in text


def test_failures_come_by_class_with_their_hint_and_the_command_that_retries():
    text = shown(ended("finished", 1, *FAILED, reason="failures"))
    assert "Finished with failures, more than allowed" in text
    assert "document-encrypted: 2 documents  Give --password." in text
    assert "mineru-batch runs retry 'out dir'" in text


def test_an_interrupted_run_says_how_to_resume():
    state = ended("interrupted", 130)
    text = shown(state)
    assert "Interrupted: what is done is safe" in text
    assert "Stopped.\nDo this.\n" in text
    assert "mineru-batch convert 'my pdfs'" in text
    assert "38 left" in text
    assert [step.purpose for step in next_steps(state, "o", "again")] == ["resume"]


@pytest.mark.parametrize("output", ["/very/long" * 60, "sp ace"])
def test_commands_and_paths_are_never_cut(output):
    text = shown(ended("given-up", 4, *FAILED), output=output)
    assert any(line.endswith(output) for line in text.splitlines())
    assert text.count("mineru-batch") == 3


def test_an_empty_run_is_shown_too():
    assert "none" in shown(RunProgress().snapshot(5.0))


CHILD = """
import sys
from mineru_cli.observe.progress import RunProgress
from mineru_cli.ui.tables.summary import show_summary
sys.stdin.readline()
show_summary(RunProgress().snapshot(1.0), sys.stdout, {}, output="o", command="c")
sys.exit(130)
"""


def test_a_reader_that_left_does_not_change_the_exit_code():
    with subprocess.Popen(
        [sys.executable, "-c", CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as child:
        child.stdout.close()
        child.stdin.write(b"go\n")
        child.stdin.flush()
        complaint = child.stderr.read()
    assert (child.returncode, complaint) == (130, b"")
