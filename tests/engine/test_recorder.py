"""What the recorder writes is committed before it is announced, and pages are given up only after that."""

from __future__ import annotations

from contextlib import closing

import pytest

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.events import DocumentFinished
from mineru_cli.engine.recorder import Recorder
from mineru_cli.engine.schedule.document_work import DocumentWork
from mineru_cli.errors import OutputNotWritable
from mineru_cli.store.ledger.ledger import Ledger


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out" / ".mineru-batch" / "ledger.db"


@pytest.fixture
def ledger(path):
    path.parent.mkdir(parents=True)
    ledger = Ledger.open(path, clock=lambda: 1.0)
    ledger.begin("settings", {}, overwrite=False)
    yield ledger
    ledger.close()


def work(name: str) -> DocumentWork:
    found = DocumentWork(DocumentRef(name, name, f"/in/{name}.pdf", "pdf", 1, 1), 0.0)
    found.open(range(1))
    return found


def as_another_process_sees(path) -> dict[str, str]:
    with closing(Ledger.view(path)) as view:
        return {key: record.status for key, record in view.records(["a", "b"]).items()}


def test_documents_are_announced_and_their_pages_released_after_their_common_commit(ledger, path) -> None:
    seen: list[tuple[str, dict[str, str]]] = []

    def announce(event: object) -> None:
        assert isinstance(event, DocumentFinished)
        seen.append((event.document, as_another_process_sees(path)))

    recorder = Recorder(ledger, (), announce, lambda: 2.0)
    for name, status in (("a", "done"), ("b", "partial")):
        recorder.opened(work(name).ref, 1)
        recorder.finished(work(name), status, None)
    assert (seen, recorder.take_spent(), as_another_process_sees(path)) == ([], [], {})
    recorder.commit_finished()
    both = {"a": "done", "b": "partial"}
    assert seen == [("a", both), ("b", both)]
    assert recorder.take_spent() == ["a"]  # --retry-failed needs the good pages of the other
    recorder.commit_finished()
    assert len(seen) == 2


def test_documents_that_finish_in_quick_succession_share_a_commit(ledger) -> None:
    now = [2.0]
    announced: list[DocumentFinished] = []
    recorder = Recorder(ledger, (), announced.append, lambda: now[0])

    def finish(name: str, at: float) -> list[str]:
        now[0] = at
        recorder.opened(work(name).ref, 1)
        recorder.finished(work(name), "done", None)
        recorder.commit_finished()
        return [event.document for event in announced]

    assert finish("a", 2.0) == ["a"]
    assert finish("b", 2.1) == ["a"]
    assert finish("c", 2.3) == ["a", "b", "c"]
    assert finish("d", 2.4) == ["a", "b", "c"]
    recorder.commit()
    assert [event.document for event in announced] == ["a", "b", "c", "d"]


def test_nothing_is_announced_when_the_output_folder_is_gone(ledger, path) -> None:
    announced: list[object] = []
    recorder = Recorder(ledger, (), announced.append, lambda: 2.0)
    recorder.opened(work("a").ref, 1)
    recorder.finished(work("a"), "done", None)
    path.rename(path.with_name("elsewhere"))
    with pytest.raises(OutputNotWritable, match="is gone"):
        recorder.commit_finished()
    assert (announced, recorder.take_spent()) == ([], [])
