from __future__ import annotations

import io
import re
from dataclasses import dataclass

import pytest

from mineru_cli.domain.failure import Failure
from mineru_cli.store.ledger.records import RunRecord
from mineru_cli.ui.tables.runs import show_failures, show_run, show_runs


@dataclass
class Lost:
    key: str
    status: str
    failure: Failure | None
    pages: tuple = ()


def test_a_run_as_a_table():
    stream = io.StringIO()
    run = {
        "outcome": "finished",
        "documents": {"total": 12, "done": 11, "failed": 1},
        "pages": {"total": 1234},
        "requests": {"sent": 5, "retried": 1},
        "seconds": 90,
        "pages_per_second": 2.5,
        "pdfs_per_hour": 440,
        "failures_by_class": {"page-timeout": 3},
        "settings": {"recipe": "mineru\x1b[2J"},
        "server": {"model": "MinerU"},
    }
    show_run(run, stream, {})
    text = stream.getvalue()
    for piece in (
        "12 total",
        "1,234 total",
        "1 min 30 s",
        "2.5 pages/s",
        "440 PDFs/h",
        "3 page-timeout",
        "MinerU",
    ):
        assert piece in text
    assert "\x1b" not in text


def test_a_run_with_too_many_failures_is_not_just_finished():
    stream = io.StringIO()
    show_run({"outcome": "finished", "exit_code": 1, "reason": "failures"}, stream, {})
    assert "Run: finished with failures" in stream.getvalue()


def test_every_run_has_a_line_with_its_date_and_its_end():
    stream = io.StringIO()
    began = 1_790_000_000.0
    model = {"server": {"model": "MinerU\x1b[2J"}}
    first = RunRecord(1, "", {}, began, began + 90, "interrupted", model)
    show_runs([first, RunRecord(2, "", {}, began, None, "", {})], stream, {})
    _, first, second = stream.getvalue().splitlines()
    assert all(piece in first for piece in ("2026-", "1 min 30 s", "interrupted", "MinerU"))
    assert "cut off" in second
    assert "\x1b" not in stream.getvalue()


def test_a_run_is_shown_with_its_date_its_wait_and_the_first_reasons():
    stream = io.StringIO()
    lost = [Lost(f"d{n}", "failed", Failure("document-empty", "zero bytes")) for n in range(9)]
    show_run({"started": 1_790_000_000.0, "seconds": 90, "waiting_seconds": 30}, stream, {}, failed=lost)
    text = stream.getvalue()
    assert re.search(r"^ *started +2026-", text, re.MULTILINE)
    assert "1 min 30 s, 30 s of them without any server" in text
    assert "d4: zero bytes [document-empty]" in text
    assert "d5" not in text
    assert "and more" in text


def test_a_strange_run_json_does_no_harm():
    stream = io.StringIO()
    show_run({"documents": 3, "pages": {"total": "many"}, "seconds": "x", "settings": []}, stream, {})
    assert "Run: unknown" in stream.getvalue()


def test_failures_are_grouped_by_reason_with_pages_counted_from_one():
    stream = io.StringIO()
    slow = Failure("page-timeout", "Too slow.", "Raise --page-timeout.")
    documents = [
        Lost("a/b", "failed", Failure("document-empty", "Zero bytes.")),
        Lost("c", "partial", None, ((0, slow), (4, slow), (5, Failure("page-unreadable", "Bad\npage.")))),
        Lost("many", "partial", None, tuple((page, slow) for page in range(100))),
        Lost("odd", "partial", None, tuple((page, slow) for page in range(0, 100, 2))),
    ]
    assert show_failures(documents, stream, {}) == 4
    lines = stream.getvalue().splitlines()
    assert lines[:2] == ["failed a/b", "  Zero bytes. [document-empty]"]
    assert lines[3] == "  pages 1, 5: Too slow. [page-timeout] Raise --page-timeout."
    assert lines[4] == "  page 6: Bad\\npage. [page-unreadable]"
    assert lines[6] == "  pages 1-100: Too slow. [page-timeout] Raise --page-timeout."
    assert lines[8].startswith("  pages 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23 and 38 more: Too slow.")


def test_a_reason_that_names_its_page_is_one_reason_for_all_pages():
    stream = io.StringIO()
    broken = {
        page: Failure("page-unreadable", f"page {page + 1} cannot be loaded") for page in (8, 9, 10, 99)
    }
    documents = [
        Lost("cut", "partial", None, tuple(broken.items())),
        Lost("one", "partial", None, ((8, broken[8]),)),
        Lost("other", "partial", None, ((1, broken[8]), (2, broken[8]))),
    ]
    show_failures(documents, stream, {})
    lines = stream.getvalue().splitlines()
    assert lines[1] == "  pages 9-11, 100: the page cannot be loaded [page-unreadable]"
    assert lines[3] == "  page 9: page 9 cannot be loaded [page-unreadable]"
    assert lines[5] == "  pages 2-3: page 9 cannot be loaded [page-unreadable]"


def test_nothing_failed():
    stream = io.StringIO()
    assert show_failures([], stream, {}) == 0
    assert stream.getvalue() == "Nothing failed.\n"


@pytest.mark.parametrize(
    ("code", "reason", "words", "short"),
    [
        (0, "", "finished", "finished"),
        (1, "rollout-reverted", "finished, but the rollout was reverted", ""),
        (
            1,
            "failures",
            "finished with failures, more than --max-error-rate allows",
            "finished with failures",
        ),
        (5, "record-incomplete", "finished, but its record is incomplete", ""),
        (1, "", "finished with exit code 1", ""),
    ],
)
def test_how_a_run_finished_is_shown_by_its_reason(code: int, reason: str, words: str, short: str):
    stream = io.StringIO()
    show_run({"outcome": "finished", "exit_code": code, "reason": reason}, stream, {"COLUMNS": "120"})
    assert f"Run: {words}\n" in stream.getvalue()
    record = RunRecord(1, "", {}, 0.0, 90.0, "finished", {"exit_code": code, "reason": reason})
    show_runs([record], stream, {"COLUMNS": "160"})
    assert re.search(rf"1 min 30 s +{short or words} +unknown", stream.getvalue())
