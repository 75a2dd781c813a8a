from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.failure import Failure
from mineru_cli.errors import DiskFull, OutputNotWritable, SettingsChanged
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.records import DocumentRecord, RunTotals

A = DocumentRef("a", "a", "/in/a.pdf", "pdf", 100, 5)
B = DocumentRef("b", "b", os.fsdecode(b"/in/b\xff.pdf"), "pdf", 200, 6)
C = DocumentRef("c", "c", "/in/c.pdf", "pdf", 300, 7)
SLOW = Failure("page-timeout", "reading took too long", "raise --page-timeout")
TORN = Failure("document-corrupt", "the file is cut off", "get it again")
SHAPING = {"model": "m", "rendering": {"dpi": 200, "max_side": 3500}}


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def pages_by_status(path):
    with closing(sqlite3.connect(path)) as database:
        return dict(database.execute("SELECT status, COUNT(*) FROM pages GROUP BY status"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out" / ".mineru-batch" / "ledger.db"


@pytest.fixture
def ledger(path):
    ledger = Ledger.open(path, clock=Clock())
    ledger.begin("print", SHAPING, overwrite=False)
    yield ledger
    ledger.close()


def test_a_document_from_start_to_end(ledger):
    ledger.started(A, 3)
    assert ledger.records(["a", "unknown"])["a"].status == "running"
    ledger.page("a", 0, seconds=1.5, blocks=7, requests=8)
    ledger.page("a", 1, failure=SLOW)
    ledger.finished(A, "partial", pages=3, failed=[(1, SLOW)], seconds=4.0, requests=20, retried=2)
    record = ledger.records(["a"])["a"]
    assert (record.status, record.pages, record.failed_pages, record.attempts) == ("partial", 3, 1, 1)
    assert record.current(A, "print")
    assert not record.current(A, "other")
    assert not record.current(replace(A, size=101), "print")
    assert not record.current(replace(A, mtime_ns=6), "print")


def test_a_second_attempt_replaces_the_first(ledger):
    ledger.started(A)
    ledger.finished(A, "partial", pages=2, failed=[(0, SLOW), (1, SLOW)])
    ledger.started(A)
    ledger.finished(A, "done", pages=2)
    assert ledger.records(["a"])["a"].attempts == 2
    assert list(ledger.failures()) == []
    assert ledger.totals() == RunTotals(done=1, pages=2)


def test_pages_of_a_document_that_never_started_are_not_kept(ledger):
    ledger.page("stranger", 0)
    assert ledger.totals() == RunTotals()


def test_a_failed_page_that_is_read_in_the_end_leaves_no_trace(ledger, path):
    ledger.started(A, 2)
    ledger.page("a", 1, failure=SLOW)
    ledger.finished(A, "done", pages=2)
    ledger.commit()
    assert pages_by_status(path) == {}


def test_a_document_that_another_process_started_is_finished_by_its_key(ledger, path):
    ledger.started(A, 2)
    ledger.page("a", 0, failure=SLOW)
    ledger.commit()
    with closing(Ledger.open(path, clock=Clock())) as other:
        other.begin("print", SHAPING, overwrite=False)
        other.page("a", 1)
        other.finished(A, "done", pages=2)
        other.commit()
        assert pages_by_status(path) == {"done": 1}
        assert other.records(["a"])["a"].attempts == 1


def test_failures_name_everything(ledger):
    ledger.started(B)
    ledger.finished(B, "partial", pages=9, failed=[(4, SLOW), (7, SLOW)])
    ledger.finished(A, "failed", pages=0, failure=TORN)
    ledger.finished(C, "done", pages=1)
    first, second = ledger.failures()
    assert (first.key, first.path, first.status, first.failure, first.pages) == (
        "a",
        A.path,
        "failed",
        TORN,
        (),
    )
    assert (second.path, second.failure, second.pages) == (B.path, None, ((4, SLOW), (7, SLOW)))
    assert ledger.failures_by_class() == {"document-corrupt": 1, "page-timeout": 1}


def test_totals_of_one_run_and_of_all(ledger):
    ledger.finished(A, "done", pages=3, seconds=1.0, requests=10, retried=1)
    ledger.end("finished")
    run = ledger.begin("print", SHAPING, overwrite=False)
    ledger.started(B, 5)
    ledger.finished(C, "partial", pages=4, failed=[(0, SLOW)], seconds=2.0, requests=5)
    assert ledger.totals(run) == RunTotals(
        partial=1, running=1, pages=9, failed_pages=1, unread_pages=5, requests=5, seconds=2.0
    )
    ledger.page("b", 0)
    ledger.page("b", 1, failure=SLOW)
    assert ledger.totals(run) == RunTotals(
        partial=1, running=1, pages=9, failed_pages=2, unread_pages=3, requests=5, seconds=2.0
    )
    assert ledger.totals().done == 1
    assert [failed.key for failed in ledger.failures(run)] == ["c"]
    assert ledger.keys(("running", "partial")) == {"b", "c"}


def test_an_unreadable_folder_is_a_failure_of_its_run_only(ledger):
    ledger.unusable("locked/", "/in/locked", TORN)
    assert [failed.key for failed in ledger.failures()] == ["locked/"]
    ledger.begin("print", SHAPING, overwrite=False)
    assert list(ledger.failures()) == []


def test_records_of_many(ledger):
    for number in range(1200):
        ledger.started(replace(A, key=str(number)))
    assert len(ledger.records([str(number) for number in range(0, 2400, 2)])) == 600


@pytest.mark.parametrize("key", ['a "quoted"\nname\\', "ü/\U0001f600", "tab\tand\x01", "%ff"])
def test_a_record_is_exact_whatever_the_name(ledger, key):
    document = DocumentRef(key, "a", "/in/a.pdf", "pdf", 2**53 + 1, 2**62 + 1)
    ledger.started(document, 3)
    ledger.finished(document, "done", pages=3, sizes=((f"{key}.md", 2**53 + 1),))
    assert ledger.records([key, "unknown"]) == {
        key: DocumentRecord(key, "done", 2**53 + 1, 2**62 + 1, 3, 0, 1, "print", ((f"{key}.md", 2**53 + 1),))
    }


def test_other_settings_are_refused_and_named(ledger):
    ledger.finished(A, "done", pages=1)
    changed = {"model": "other", "rendering": {"dpi": 150, "max_side": 3500}}
    with pytest.raises(SettingsChanged, match=r"model 'm' -> 'other', rendering\.dpi 200 -> 150$") as error:
        ledger.begin("new print", changed, overwrite=False)
    assert "--overwrite" in error.value.hint
    assert "-o" in error.value.hint
    ledger.begin("new print", changed, overwrite=True)
    assert not ledger.records(["a"])["a"].current(A, "new print")
    ledger.begin("new print", changed, overwrite=False)
    with pytest.raises(SettingsChanged):
        ledger.begin("print", SHAPING, overwrite=False)


def test_other_settings_are_fine_while_nothing_was_written(ledger):
    ledger.started(A)
    ledger.finished(B, "failed", pages=0, failure=TORN)
    ledger.begin("new print", {}, overwrite=False)


def test_runs_are_kept(ledger):
    ledger._clock.now = 1010.0
    ledger.end("interrupted")
    ledger.begin("print", SHAPING, overwrite=False, facts={"server": "http://x"})
    first, second = ledger.runs()
    assert (first.started, first.finished, first.outcome, first.shaping) == (
        1000.0,
        1010.0,
        "interrupted",
        SHAPING,
    )
    assert (second.outcome, second.finished, second.facts) == ("", None, {"server": "http://x"})


def test_a_finished_document_is_there_for_others_once_committed(ledger, path):
    ledger.started(A)
    view = Ledger.view(path)
    ledger.finished(A, "done", pages=1)
    assert view.records(["a"]) == {}
    ledger.commit()
    assert view.records(["a"])["a"].status == "done"
    with pytest.raises(OutputNotWritable, match="readonly"):
        view.begin("print", SHAPING, overwrite=False)
    view.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from mineru_cli.domain.document import DocumentRef
from mineru_cli.store.ledger.ledger import Ledger
ledger = Ledger.open(Path(sys.argv[1]), clock=lambda: 1.0)
ledger.begin("print", {}, overwrite=False)
for key in "abc":
    ledger.started(DocumentRef(key, key, key, "pdf", 1, 1))
    ledger.finished(DocumentRef(key, key, key, "pdf", 1, 1), "done", pages=1)
ledger.started(DocumentRef("d", "d", "d", "pdf", 1, 1))
ledger.commit()
ledger.started(DocumentRef("e", "e", "e", "pdf", 1, 1))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_loses_nothing_that_was_committed(path):
    assert subprocess.run([sys.executable, "-c", KILLED, str(path)]).returncode == -9
    ledger = Ledger.open(path, clock=Clock())
    records = ledger.records(list("abcde"))
    ledger.close()
    assert {key: record.status for key, record in records.items()} == dict.fromkeys("abc", "done") | {
        "d": "running"
    }


def test_hostile_messages_are_bounded_and_valid(ledger):
    ledger.finished(A, "failed", pages=0, failure=Failure("x", "\udcff" * 10_000, "\ud800"))
    (failed,) = ledger.failures()
    assert len(failed.failure.message) <= 2000
    failed.failure.message.encode()


def test_a_damaged_ledger_says_what_to_do(path):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database, whatever its name says" * 100)
    with pytest.raises(OutputNotWritable, match=r"ledger\.db is damaged") as error:
        Ledger.open(path, clock=Clock())
    assert "runs rebuild" in error.value.hint


def test_a_ledger_of_a_newer_version_is_left_alone(path):
    Ledger.open(path, clock=Clock()).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    for opened in (lambda: Ledger.open(path, clock=Clock()), lambda: Ledger.view(path)):
        with pytest.raises(OutputNotWritable, match="newer version"):
            opened()


def test_a_missing_ledger_is_not_made_by_looking(path):
    with pytest.raises(OutputNotWritable):
        Ledger.view(path)
    assert not path.exists()


def test_a_full_disk_is_called_so(ledger):
    ledger._db.execute("PRAGMA max_page_count = 1")
    fill = (ledger.finished(replace(A, key=str(number)), "done", pages=1) for number in range(2000))
    with pytest.raises(DiskFull):
        list(fill)


def test_a_ledger_that_was_removed_is_not_written_on(ledger, path):
    path.unlink()
    ledger.finished(A, "done", pages=1)
    with pytest.raises(OutputNotWritable, match="removed or moved during the run"):
        ledger.commit()


@pytest.mark.parametrize("name", ["file:x", "file:x?mode=memory", ":memory:", "a%20b#c"])
def test_a_relative_folder_is_never_taken_for_a_uri(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = Path(name, "ledger.db")
    with closing(Ledger.open(path, clock=Clock())) as ledger:
        ledger.begin("print", SHAPING, overwrite=False)
    assert pages_by_status(tmp_path / path) == {}
    with closing(Ledger.view(path)) as ledger:
        assert [run.fingerprint for run in ledger.runs()] == ["print"]
