from __future__ import annotations

from pathlib import Path

import pytest

from mineru_cli.domain.confidence import BlockConfidence, PageConfidence
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.failure import Failure
from mineru_cli.errors import OutputError
from mineru_cli.store.ledger.archive import Archive
from mineru_cli.store.ledger.ledger import Ledger

LOST = Failure("page-timeout", "too slow")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A run before, with "old", and the last one with four documents and problems in three of them."""
    path = tmp_path / "ledger.db"
    ledger = Ledger.open(path, clock=lambda: 50.0)
    ledger.begin("f", {}, overwrite=False)
    finish(ledger, "old", seconds=99.0, pages=[9.0])
    ledger.begin("f", {}, overwrite=False)
    finish(ledger, "a/good", seconds=3.0, pages=[1.0, 2.0])
    finish(ledger, "b/Flawed", seconds=5.0, pages=[0.5, 4.0], flaws={1})
    finish(ledger, "c/lost", seconds=4.0, pages=[0.7], failed={1: LOST})
    ledger.finished(ref("d/failed"), "failed", pages=0, failure=Failure("document-empty", "zero", "copy it"))
    ledger.end("finished")
    ledger.close()
    return path


def ref(key: str) -> DocumentRef:
    return DocumentRef(key, key, f"/in/{key}.pdf", "pdf", 10, 20)


def finish(ledger: Ledger, key: str, *, seconds: float, pages, flaws=frozenset(), failed=None) -> None:
    ledger.started(ref(key), len(pages))
    for index, took in enumerate(pages):
        ledger.page(key, index, seconds=took, blocks=1, flaws=int(index in flaws))
    lost = sorted((failed or {}).items())
    status = "partial" if lost else "done"
    ledger.finished(ref(key), status, pages=len(pages) + len(lost), failed=lost, seconds=seconds)


def test_documents_by_name_and_by_trouble(path: Path):
    with Archive(path) as archive:
        assert [one.key for one in archive.documents()] == ["a/good", "b/Flawed", "c/lost", "d/failed", "old"]
        assert [one.key for one in archive.documents("FLAW")] == ["b/Flawed"]
        assert [one.key for one in archive.documents("%")] == []
        assert [(one.key, one.problems) for one in archive.documents(troubled=True)] == [
            ("b/Flawed", 1),
            ("c/lost", 1),
            ("d/failed", 0),
        ]
        assert archive.count(troubled=True) == 3
        assert [one.key for one in archive.documents(offset=1, limit=2)] == ["b/Flawed", "c/lost"]


def test_one_document_and_its_pages(path: Path):
    with Archive(path) as archive:
        found = archive.document("c/lost")
        assert (found.path, found.status, found.size, found.finished) == (
            "/in/c/lost.pdf",
            "partial",
            10,
            50.0,
        )
        assert archive.document("nothing") is None
        assert [(page.index, page.status, page.failure) for page in archive.pages("c/lost")] == [
            (0, "done", None),
            (1, "failed", LOST),
        ]
        assert archive.document("d/failed").failure == Failure("document-empty", "zero", "copy it")


def test_problems_go_round_in_both_directions(path: Path):
    places = [("b/Flawed", 1), ("c/lost", 1), ("d/failed", -1)]
    with Archive(path) as archive:
        forwards, place = [], ("", -2)
        for _ in range(4):
            place = archive.problem(*place)
            forwards.append(place)
        assert forwards == [*places, places[0]]
        assert archive.problem("b/Flawed", 1, back=True) == places[-1]
        assert archive.problem("d/failed", -1, back=True) == places[1]
        assert archive.problem("c/lost", 0, back=True) == places[0]


def test_figures_are_of_one_run(path: Path):
    with Archive(path) as archive:
        assert [one.key for one in archive.slowest_documents(2, 2)] == ["b/Flawed", "c/lost"]
        assert "d/failed" not in [one.key for one in archive.slowest_documents(2, 100)], "it has no pages"
        assert [one.key for one in archive.slowest_documents(None, 1)] == ["old"]
        assert [(one.key, one.index) for one in archive.slowest_pages(2, 2)] == [
            ("b/Flawed", 1),
            ("a/good", 1),
        ]
        assert list(archive.page_seconds(2)) == [0.5, 0.7, 1.0, 2.0, 4.0]
        assert archive.page_count(2) == 5
        assert list(archive.finished(1)) == [(50.0, 1, 0)]


def test_no_ledger_and_no_problem(tmp_path: Path):
    with pytest.raises(OutputError):
        Archive(tmp_path / "ledger.db")
    Ledger.open(tmp_path / "ledger.db", clock=lambda: 0.0).close()
    with Archive(tmp_path / "ledger.db") as archive:
        assert archive.problem("", -2) is None
        assert archive.documents() == []


def sure(mean: float, lowest: float, tokens: int = 10) -> PageConfidence:
    return PageConfidence(mean, lowest, tokens, BlockConfidence(3, "table", mean - 0.1, lowest))


def test_documents_and_pages_by_confidence(path: Path):
    ledger = Ledger.open(path, clock=lambda: 60.0)
    for key, page, value in [
        ("a/good", 0, sure(0.99, 0.6)), ("a/good", 1, sure(0.90, 0.2, 30)), ("b/Flawed", 0, sure(0.95, 0.1)),
    ]:  # fmt: skip
        ledger.confidence(key, page, value)
    totals = ledger.confidences(2)
    assert totals is not None
    assert (totals.overall.mean, totals.overall.lowest, totals.pages) == (pytest.approx(0.928), 0.1, 3)
    assert [(one.key, one.page, one.block.block) for one in totals.least] == [
        ("a/good", 1, 3), ("b/Flawed", 0, 3), ("a/good", 0, 3),
    ]  # fmt: skip
    assert ledger.confidences(1) is None
    ledger.close()
    with Archive(path) as archive:
        by_mean = [one.key for one in archive.documents(order="mean")]
        assert by_mean[:2] == ["a/good", "b/Flawed"]
        assert [one.key for one in archive.documents(order="lowest")][:2] == ["b/Flawed", "a/good"]
        assert archive.documents()[0].mean == pytest.approx((0.99 * 10 + 0.90 * 30) / 40)
        assert archive.document("old").mean is None
        assert [(one.key, one.index) for one in archive.uncertain_pages(order="lowest")] == [
            ("b/Flawed", 0), ("a/good", 1), ("a/good", 0),
        ]  # fmt: skip
        assert archive.uncertain_pages("good", offset=1)[0].index == 0
        assert archive.count_uncertain("GOOD") == 2


def test_a_ledger_without_confidences_has_none(path: Path):
    with Archive(path) as archive:
        assert archive.uncertain_pages() == []
        assert archive.count_uncertain() == 0
        assert archive.documents(order="mean")[0].mean is None


def test_damage_behind_the_first_page_is_named(tmp_path: Path):
    path = tmp_path / "out" / ".mineru-batch" / "ledger.db"
    ledger = Ledger.open(path, clock=lambda: 50.0)
    ledger.begin("f", {}, overwrite=False)
    for number in range(2000):
        finish(ledger, f"document-{number:05}", seconds=1.0, pages=[1.0])
    ledger.close()
    data = bytearray(path.read_bytes())
    data[20 * 4096 :] = b"\xa5" * (len(data) - 20 * 4096)
    path.write_bytes(data)
    with Archive(path) as archive, pytest.raises(OutputError, match="is damaged"):
        list(archive.everything())
