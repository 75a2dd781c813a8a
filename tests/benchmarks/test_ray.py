"""What ``benchmarks.ray`` makes of a run's events: stalls, and pages that were in flight."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ray.event_log import EventFile, in_flight, longest_stall
from benchmarks.ray.faults import Outcome, Reference
from benchmarks.ray.verdict import problems, row

FILES = {"a/a.md": b"a", "b/b.md": b"b"}


def started(at: float, document: str, pages: int, worker: int) -> dict[str, Any]:
    return {
        "event": "document-started",
        "at": at,
        "document": document,
        "pages": pages,
        "done": 0,
        "worker": worker,
    }


def page(at: float, document: str, number: int = 0, kind: str = "page-finished") -> dict[str, Any]:
    return {"event": kind, "at": at, "document": document, "page": number}


def stopped(at: float, worker: int, reason: str = "killed") -> dict[str, Any]:
    return {"event": "worker-stopped", "at": at, "worker": worker, "reason": reason}


EVENTS = [
    started(1.0, "a", 2, 0),
    started(1.0, "b", 3, 1),
    page(2.0, "a"),
    page(3.0, "b"),
    stopped(3.5, 1),
    page(8.0, "b", 1, "page-failed"),
    page(8.5, "a", 1),
    {"event": "document-finished", "at": 8.6, "document": "a"},
    stopped(9.0, 0),
    stopped(9.5, 0, "finished"),
]


def test_a_stall_is_the_time_between_two_pages() -> None:
    assert longest_stall(EVENTS) == 5.0
    assert longest_stall(EVENTS, after=8.2) == 0.5
    assert longest_stall(EVENTS, before=2.5) == 1.0
    assert longest_stall([]) == 0.0


def test_pages_in_flight_are_those_of_documents_that_the_worker_had_opened() -> None:
    found = in_flight(EVENTS)
    # Worker 1 held two pages of b. b was handed out again, to either worker: its last page counts again.
    assert found.by_end == [(3.5, 1, 2), (9.0, 0, 1)]
    assert (found.total(), found.left) == (3, 1)


def test_a_half_written_line_is_left_for_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    lines = [json.dumps(event) + "\n" for event in EVENTS]
    path.write_text(lines[0] + lines[2] + lines[3][:10])
    log = EventFile(path)
    log.update()
    assert (len(log.events), log.pages) == (2, 1)
    with path.open("a") as file:
        file.write(lines[3][10:])
    log.update()
    assert (len(log.events), log.pages) == (3, 2)


def outcome(**changes: Any) -> Outcome:
    good: dict[str, Any] = {
        "place": "folders",
        "kills": {"worker": 3.4, "node": 8.9, "driver": 10.0},
        "first": EVENTS[:4],
        "second": (),
        "resume_to_page": 1.0,
        "exit_code": 1,
        "pages_read": 5,
        "failures": {"poisoned": "reader-crashed"},
        "files": FILES,
        "documents": {"done": 1, "skipped": 1},
        "new_node": True,
    }
    return Outcome(**{**good, **changes})


def test_a_run_as_it_must_be_has_no_problem() -> None:
    assert list(problems(outcome(), Reference(FILES, 5))) == []
    assert row(outcome(), Reference(FILES, 5))["outputs"] == "equal"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"files": {"a/a.md": b"a"}}, "1 files are missing, such as b/b.md"),
        ({"files": {**FILES, "b/b.md": b"?"}}, "1 files differ, such as b/b.md"),
        ({"failures": {}}, "not the poisoned document alone"),
        ({"failures": {"poisoned": "reader-crashed", "a": "page-timeout"}}, "not the poisoned"),
        ({"exit_code": 4}, "exit code 4"),
        ({"pages_read": 9}, "4 pages were read again, 3 were in flight"),
        ({"second": EVENTS}, "no page was finished for 5.0 s"),
    ],
)
def test_whatever_is_not_as_it_must_be_is_a_problem(changes: dict[str, Any], words: str) -> None:
    (problem,) = problems(outcome(**changes), Reference(FILES, 5))
    assert words in problem
