"""An output folder that others prepared or damaged: clear errors, nothing written elsewhere, no key given away."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from mineru_cli.domain.document import DocumentRef
from mineru_cli.engine.history import retry_settings
from mineru_cli.errors import DocumentNotWritable, OutputError, OutputLocked, OutputNotWritable, SettingsError
from mineru_cli.store.ledger.archive import Archive
from mineru_cli.store.ledger.integrity import open_for_reading
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.local.files import prepare_output
from mineru_cli.store.local.lock import RunLock, working
from mineru_cli.store.local.place import fresh_folder, placing, put
from mineru_cli.store.run_folder import RunFolder

FACTS = {"server": {"model": "m", "embedded": False}, "settings": {"server_url": ["http://theirs:8000"]},
         "inputs": ["/in"]}  # fmt: skip


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output folder with a ledger of one run and one document."""
    with closing(Ledger.open(RunFolder(tmp_path / "out").ledger, clock=time.time)) as ledger:
        ledger.begin("mark", {}, overwrite=False, facts=FACTS)
        ledger.finished(DocumentRef("a", "a", "/in/a.pdf", "pdf", 1, 1), "done", pages=1)
        ledger.end("finished")
    return tmp_path / "out"


def spoil(out: Path, *statements: str) -> None:
    with closing(sqlite3.connect(RunFolder(out).ledger)) as connection:
        connection.executescript(";".join(statements))


SPOILT = {
    "status": "UPDATE documents SET status = 'finished'",
    "pages": "UPDATE documents SET pages = 'many'",
    "seconds": "UPDATE documents SET seconds = x'00'",
    "path": "UPDATE documents SET path = 3",
    "shaping": "UPDATE runs SET shaping = '{'",
    "facts": "UPDATE runs SET facts = '[]'",
    "started": "UPDATE runs SET started = 'today'",
    "no pages": "DROP TABLE pages",
    "no runs": "DROP TABLE runs",
    "no column": "ALTER TABLE documents DROP COLUMN hint",
    "a view": "DROP TABLE attempts; CREATE VIEW attempts AS SELECT 1 AS one",
    "no version": "PRAGMA user_version = 0",
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_ledger_with_values_that_cannot_be_right_is_called_damaged(out: Path, kind: str):
    spoil(out, SPOILT[kind])
    for opened in (Ledger.view, lambda path: Ledger.open(path, clock=time.time)):
        with pytest.raises(OutputNotWritable, match="is damaged") as caught:
            opened(RunFolder(out).ledger)
        assert "runs rebuild" in caught.value.hint


@pytest.mark.parametrize("kind", ["status", "facts", "no pages"])
@pytest.mark.parametrize("command", ["show", "failures", "retry", "verify"])
def test_no_command_meets_it_with_a_traceback(program, out: Path, kind: str, command: str):
    spoil(out, SPOILT[kind])
    code, _, err = program("runs", command, str(out))
    assert code == 1
    assert "is damaged" in err
    assert "Traceback" not in err


def test_what_cannot_be_read_is_not_said_to_be_unwritable(tmp_path: Path):
    folder = tmp_path / "ledger.db"
    folder.mkdir()
    with pytest.raises(OutputError, match="cannot be read"):
        Ledger.view(folder)


def test_a_ledger_is_read_where_no_file_can_be_made_next_to_it(out: Path, monkeypatch):
    connect = sqlite3.connect

    def refusing(address: str, **options: object) -> sqlite3.Connection:
        if "immutable" not in address:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(address, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3, "connect", refusing)
    with closing(open_for_reading(RunFolder(out).ledger)) as connection:
        assert connection.execute("SELECT key FROM documents").fetchall() == [("a",)]
    with Archive(RunFolder(out).ledger) as archive:
        assert archive.count() == 1


def test_a_pid_that_lives_again_as_something_else_is_not_at_work(out: Path):
    lock = RunFolder(out).lock
    lock.write_text(f"{os.getpid()}\nhost\n")
    assert not working(lock)
    with RunLock(lock):
        assert working(lock)
        with pytest.raises(OutputLocked):
            RunLock(lock).acquire()
    assert not working(lock)


@pytest.mark.parametrize("name", ["", "ledger.db", "run.json", "lock", "scratch", "spool", "manifests"])
def test_a_run_writes_through_no_link(tmp_path: Path, name: str):
    elsewhere, state = tmp_path / "elsewhere", RunFolder(tmp_path / "out").state
    elsewhere.mkdir()
    (state / name).parent.mkdir(parents=True, exist_ok=True)
    if name:
        state.mkdir(exist_ok=True)
    (state / name if name else state).symlink_to(elsewhere)
    with pytest.raises(OutputNotWritable, match="is a link"):
        prepare_output(tmp_path / "out")
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("link", ["a", "a/vlm", "deep"])
def test_no_document_is_written_through_a_link(tmp_path: Path, link: str):
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (out / link).parent.mkdir(parents=True)
    (out / link).symlink_to(elsewhere)
    target = out / ("deep/b/vlm" if link == "deep" else "a/vlm")
    scratch = RunFolder(out).scratch
    with fresh_folder(scratch) as draft:
        (draft / "a.md").write_text("text")
        with pytest.raises(DocumentNotWritable, match="it is a link"), placing(target, scratch):
            put(draft, target, scratch)
    assert list(elsewhere.iterdir()) == []


def test_a_retry_gives_no_key_to_a_server_that_somebody_else_named(out: Path, monkeypatch):
    assert retry_settings(out, {})["server_url"] == ["http://theirs:8000"]
    monkeypatch.setattr(os, "getuid", lambda: RunFolder(out).ledger.stat().st_uid + 1)
    with pytest.raises(SettingsError, match="belongs to another user") as caught:
        retry_settings(out, {})
    assert "--server-url" in caught.value.hint
    assert retry_settings(out, {"server_url": ("http://mine:8000",)})["server_url"] == ("http://mine:8000",)
