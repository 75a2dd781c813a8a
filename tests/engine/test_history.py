"""What is told of the last run, whatever its end."""

from __future__ import annotations

import io
import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import EndReason
from mineru_cli.domain.failure import Failure
from mineru_cli.engine.history import last_run
from mineru_cli.errors import InputNotFound
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.summary import Ending, summarise, write_summary
from mineru_cli.store.local.lock import RunLock
from mineru_cli.store.run_folder import RunFolder
from mineru_cli.ui.tables.runs import show_run

NOW = 1_000_000.0
FACTS = {"server": {"model": "mineru"}, "settings": {"limit": 9}, "inputs": ["/pdfs"]}


def ref(key: str) -> DocumentRef:
    return DocumentRef(key, key, f"/pdfs/{key}.pdf", "pdf", 10, 10)


def killed(out: Path, earlier: str = "") -> None:
    """A folder whose last run ended in the middle; an earlier one may have come to its end."""
    ledger = Ledger.open(out / ".mineru-batch" / "ledger.db", clock=lambda: NOW)
    if earlier:
        ledger.begin("f", {}, overwrite=False, facts=FACTS)
        ledger.finished(ref(earlier), "done", pages=1)
        ledger.end("finished")
        done = summarise(
            ledger.totals(), skipped=0, ending=Ending("finished", 0), started=NOW, seconds=3.0,
            failures_by_class={}, settings={}, server={}, versions={},
        )  # fmt: skip
        write_summary(out / ".mineru-batch" / "run.json", done)
    ledger.begin("f", {}, overwrite=False, facts=FACTS)
    ledger.finished(ref("good"), "done", pages=2)
    ledger.finished(ref("bad"), "failed", pages=0, failure=Failure("document-corrupt", "broken"))
    ledger.started(ref("long"), 400)
    for page in range(7):
        ledger.page("long", page, seconds=1.0)
    ledger.close()


@pytest.mark.parametrize("earlier", ["", "first"])
def test_a_killed_run_is_reported_from_its_ledger_and_not_from_an_earlier_summary(
    tmp_path: Path, earlier: str
):
    killed(tmp_path, earlier)
    run = last_run(tmp_path)
    assert run.outcome == "unfinished"
    documents = run.documents
    assert (documents.total, documents.done, documents.failed) == (3 + bool(earlier), 1, 1)
    assert documents.skipped == bool(earlier)
    assert (run.pages.total, run.pages.done) == (402, 9)
    assert run.failures_by_class == {"document-corrupt": 1}
    shown = io.StringIO()
    show_run(run.model_dump(mode="json", by_alias=True), shown, {}, output="my out")
    for piece in (
        "what is done is safe",
        "1 started and not finished",
        "1 document-corrupt",
        "repeat the command",
    ):
        assert piece in shown.getvalue()
    assert "mineru-batch runs retry 'my out'" in shown.getvalue()


def test_a_run_whose_process_lives_is_at_work(tmp_path: Path):
    killed(tmp_path)
    with RunLock(tmp_path / ".mineru-batch" / "lock"):
        assert last_run(tmp_path).outcome == "running"


@pytest.mark.parametrize("owner", ["", "4194305\n{host}\n", "{pid}\nanother-host\n", "{pid}\n{host}\n"])
def test_a_lock_without_a_process_is_not_a_running_conversion(tmp_path: Path, owner: str):
    killed(tmp_path)
    text = owner.format(host=socket.gethostname(), pid=os.getpid())
    (tmp_path / ".mineru-batch" / "lock").write_text(text)
    assert last_run(tmp_path).outcome == "unfinished"


def test_a_folder_without_a_run_is_refused(tmp_path: Path):
    with pytest.raises(InputNotFound):
        last_run(tmp_path)


@pytest.mark.parametrize(
    ("candidate", "reason", "expected"),
    [("", "rollout-reverted", "rollout-reverted"), ("", None, "failures"), ("http://new:8000", None, "")],
)
def test_a_run_whose_summary_is_lost_keeps_how_it_ended(
    tmp_path: Path, candidate: str, reason: EndReason | None, expected: str
):
    rollout = {"candidate": {"base_url": [candidate] if candidate else [], "model": None}}
    ledger = Ledger.open(RunFolder(tmp_path).ledger, clock=lambda: NOW)
    ledger.begin("f", {}, overwrite=False, facts={**FACTS, "settings": {"rollout": rollout}})
    ledger.end("finished", 1, reason or "")
    ledger.close()
    if reason is None:  # as an older version left it
        with closing(sqlite3.connect(RunFolder(tmp_path).ledger)) as database:
            database.execute("UPDATE runs SET facts = json_remove(facts, '$.reason')")
            database.commit()
    run = last_run(tmp_path)
    assert (run.outcome, run.exit_code, run.reason) == ("finished", 1, expected)
