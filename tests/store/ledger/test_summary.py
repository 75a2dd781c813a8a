from __future__ import annotations

import json

import pytest

from mineru_cli.domain.failure import Failure
from mineru_cli.store.ledger.records import FailedDocument, RunTotals
from mineru_cli.store.ledger.summary import (
    EarlierCounts,
    Ending,
    RequestCounts,
    read_summary,
    summarise,
    write_failures,
    write_summary,
)

TOTALS = RunTotals(done=6, partial=1, failed=2, running=1, pages=70, failed_pages=10, requests=700, retried=7)


KNOWN = {
    "skipped": 5, "ending": Ending("finished", 1), "started": 1000.0, "seconds": 30.0,
    "failures_by_class": {"document-corrupt": 2}, "settings": {"workers": 2},
    "server": {"urls": ["http://x"]}, "versions": {"mineru-batch": "0.1.0"},
}  # fmt: skip


def summary(**more):
    return summarise(TOTALS, **{**KNOWN, **more})


def test_run_json_has_what_others_depend_on(tmp_path):
    write_summary(tmp_path / "run.json", summary())
    data = json.loads((tmp_path / "run.json").read_text())
    assert data["schema"] == "mineru-batch/run/1"
    assert data["documents"] == {"total": 15, "done": 6, "partial": 1, "failed": 2, "skipped": 5}
    assert data["pages"] == {
        "total": 70,
        "done": 60,
        "failed": 10,
        "incomplete": 0,
        "kept": 0,
        "skipped": 0,
    }
    assert data["requests"] == {"sent": 700, "retried": 7}
    assert (data["seconds"], data["pages_per_second"], data["pdfs_per_hour"]) == (30.0, 2.0, 840.0)
    assert {"failures_by_class", "settings", "server", "versions"} <= set(data)
    assert read_summary(tmp_path / "run.json") == summary()


def test_documents_found_and_not_reached_are_counted_in():
    assert summary(found=400).documents.total == 400
    assert summary(found=3).documents.total == 15, "discovery was behind the work of earlier runs"


def test_pages_of_earlier_runs_are_no_speed_of_this_one():
    assert summary(read=15).pages_per_second == 0.5


def test_pages_that_a_stopped_run_left_are_neither_done_nor_failed():
    pages = summarise(RunTotals(running=1, pages=9, failed_pages=1, unread_pages=5), **KNOWN).pages
    assert (pages.total, pages.done, pages.failed) == (9, 3, 1)


def test_a_run_of_no_time_has_no_speed():
    assert summary(seconds=0.0).pages_per_second == 0.0


def test_requests_of_unfinished_documents_can_be_counted_in():
    assert summary(requests=RequestCounts(sent=900, retried=9)).requests.sent == 900


def test_another_file_is_not_a_summary(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(ValueError, match="outcome"):
        read_summary(tmp_path / "run.json")


def test_failures_are_one_line_each(tmp_path):
    torn = Failure("document-corrupt", "cut off\nhere", "get it again")
    slow = Failure("page-timeout", "too slow")
    write_failures(
        tmp_path / "failures.jsonl",
        [
            FailedDocument("a", "/in/caf\udce9\n.pdf", "failed", torn),
            FailedDocument("b", "/in/b.pdf", "partial", None, ((3, slow),)),
        ],
    )
    first, second = map(json.loads, (tmp_path / "failures.jsonl").read_text().splitlines())
    assert first == {
        "path": "/in/caf\\xe9\n.pdf", "key": "a", "status": "failed", "code": "document-corrupt",
        "message": "cut off\nhere", "hint": "get it again", "pages": [],
    }  # fmt: skip
    assert (second["code"], second["pages"]) == (
        "page-timeout",
        [{"page": 4, "code": "page-timeout", "message": "too slow"}],
    )


def test_no_failures_leave_an_empty_file(tmp_path):
    write_failures(tmp_path / "failures.jsonl", [])
    assert (tmp_path / "failures.jsonl").read_bytes() == b""


def test_rates_leave_out_the_time_in_which_no_server_answered():
    steady, waited = summary(seconds=100.0), summary(seconds=160.0, waited=60.0)
    assert waited.pages_per_second == steady.pages_per_second
    assert waited.pdfs_per_hour == steady.pdfs_per_hour
    assert (waited.seconds, waited.waiting_seconds) == (160.0, 60.0)


def test_results_of_an_earlier_run_count_separately_and_not_in_the_speed():
    found = summary(earlier=EarlierCounts(partial=3, failed=4), read=50, skipped_pages=30)
    assert (found.documents.partial, found.documents.failed, found.documents.total) == (4, 6, 22)
    assert (found.earlier.partial, found.earlier.failed) == (3, 4)
    assert found.pdfs_per_hour == summary().pdfs_per_hour
    assert (found.pages.done, found.pages.kept, found.pages.skipped) == (60, 10, 30)


@pytest.mark.parametrize(
    ("code", "failed", "reverted", "reason"),
    [
        (0, 0, "", ""),
        (1, 3, "", "failures"),
        (1, 3, "it is slow", "failures"),
        (1, 0, "it is slow", "rollout-reverted"),
        (5, 0, "", "record-incomplete"),
    ],
)
def test_the_reason_of_a_run_of_an_older_version_is_derived(tmp_path, code, failed, reverted, reason):
    ended = {
        "ending": Ending("finished", code),
        "rollout": {"reason": reverted},
        "settings": {"max_error_rate": 0.1},
    }
    write_summary(tmp_path / "run.json", summarise(RunTotals(done=9, failed=failed), **{**KNOWN, **ended}))
    older = json.loads((tmp_path / "run.json").read_text())
    del older["reason"]
    (tmp_path / "run.json").write_text(json.dumps(older))
    assert read_summary(tmp_path / "run.json").reason == reason
