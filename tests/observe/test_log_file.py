from __future__ import annotations

import json
from pathlib import Path

import pytest

from mineru_cli.domain import events
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.trace_ids import span_id, trace_id, traceparent
from mineru_cli.errors import OutputRefused
from mineru_cli.observe.log_file import LogFile

AT = 1_795_880_000.25


def written(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.spec("mineru-service/tracing/records-carry-the-trace")
def test_a_line_has_a_date_a_level_and_where_it_happened(tmp_path):
    path = tmp_path / "run.log"
    with LogFile(path) as log:
        log(events.PageFailed("a/ä.pdf", 4, 2, Failure("page-unreadable", "broken page"), run="run-1"), AT)
        log(events.WorkerGauge(0, 1, 0, 0, 0, 0, 0, 0.0), AT)
    (line,) = written(path)
    assert line["time"] == "2026-11-28T15:33:20.250+00:00"
    assert (line["level"], line["event"], line["run"]) == ("warning", "page-failed", "run-1")
    assert (line["document"], line["page"], line["worker"]) == ("a/ä.pdf", 5, 2)
    assert line["trace_id"] == trace_id("run-1")
    assert line["span_id"] == span_id("run-1", "a/ä.pdf", 4)
    assert line["message"] == "page failed: broken page"
    assert line["fields"]["failure"]["code"] == "page-unreadable"


def test_every_line_is_ascii_json_whatever_the_names_are(tmp_path):
    path = tmp_path / "run.log"
    with LogFile(path) as log:
        log(events.DocumentSkipped("new\nline \udcff \x1b[31m", 1), AT)
    assert path.read_bytes().isascii()
    assert written(path)[0]["document"] == "new\nline \udcff \x1b[31m"


@pytest.mark.parametrize(
    ("event", "level"),
    [
        (events.Notice("warning", "x"), "warning"),
        (events.DocumentFinished("a", "done", 1, 0, 1.0), "info"),
        (events.DocumentFinished("a", "partial", 1, 0, 1.0), "warning"),
        (events.DocumentFinished("a", "failed", 1, 0, 1.0, Failure("x", "y")), "error"),
        (events.BreakerChanged("s", "open", "refused", worker=0), "warning"),
        (events.BreakerChanged("s", "closed", "answers", worker=0), "info"),
        (events.RunFinished("finished", 0, 1.0), "info"),
        (events.RunFinished("given-up", 4, 1.0, "gone"), "error"),
        (events.WorkerStopped(0, 1, "crashed"), "warning"),
    ],
)
def test_levels(tmp_path, event, level):
    with LogFile(tmp_path / "run.log") as log:
        log(event, AT)
    assert written(tmp_path / "run.log")[0]["level"] == level
    assert written(tmp_path / "run.log")[0]["message"]


def test_files_are_rotated_by_size(tmp_path):
    with LogFile(tmp_path / "run.log", max_bytes=2_000, backups=2) as log:
        for number in range(60):
            log(events.DocumentSkipped(f"document-{number}", 1), AT)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["run.log", "run.log.1", "run.log.2"]
    assert all(one.stat().st_size <= 2_000 for one in tmp_path.iterdir())
    assert written(tmp_path / "run.log")[-1]["document"] == "document-59"


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OutputRefused, match=r"no/run\.log"):
        LogFile(tmp_path / "no/run.log")


def test_a_full_disk_is_reported_once_and_ends_nothing():
    said = []
    with LogFile(Path("/dev/full"), complain=said.append) as log:
        for number in range(3):
            log(events.DocumentSkipped(f"document-{number}", 1), AT)
    assert len(said) == 1
    assert "/dev/full" in said[0]


@pytest.mark.spec("mineru-service/tracing/identifiers-follow-the-standard")
def test_identifiers_are_those_of_the_trace_context_standard():
    assert len(trace_id("r")) == 32
    assert len(span_id("r", "a.pdf", 3)) == 16
    assert span_id("r", "a.pdf", 3) != span_id("r", "a.pdf", 4) != span_id("s", "a.pdf", 4)
    ids = trace_id("r"), span_id("r", "a", 1)
    assert traceparent(*ids) == f"00-{ids[0]}-{ids[1]}-01"
    assert traceparent(*ids, sampled=False).endswith("-00")
