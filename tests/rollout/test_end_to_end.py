"""Real runs with two servers: what the rollout promises, on files and ledger."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockBuster
from vllm_double import Double

from mineru_cli import convert
from mineru_cli.domain import events as ev
from mineru_cli.engine.history import all_runs
from mineru_cli.engine.report import RunReport
from mineru_cli.rollout.control import open_rollout, revert, set_percent
from mineru_cli.settings import Settings
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.run_folder import RunFolder
from tests.corpus import text_pdf

DOCUMENTS = 20
QUICK = {"min_sample": 5, "interval": 1}
GARBLED = {"kind": "garbled", "match": "block", "p": 0.6}


@pytest.fixture(autouse=True)
def run_files(no_blocking_calls: BlockBuster) -> None:
    """A run's own few files may block its loop; what a rollout does beside the conversion may not."""
    for function in no_blocking_calls.functions.values():
        function.can_block_in("mineru_cli/engine/run.py", {"convert_async", "_announcer"})
        function.can_block_in("mineru_cli/engine/conversion.py", {"_commit", "work"})
        function.can_block_in("mineru_cli/engine/rebuild.py", {"rebuild_missing"})
        function.can_block_in("mineru_cli/store/local/manifests.py", {"write_run"})
        function.can_block_in("mineru_cli/ui/terminal/view.py", {"__enter__"})


@pytest.fixture(scope="module")
def pdfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pdfs")
    for number in range(DOCUMENTS):
        (folder / f"d{number:02}.pdf").write_bytes(text_pdf([f"document {number}"]))
    return folder


@pytest.fixture(scope="module")
def baseline() -> Iterator[Double]:
    with Double(slots=16, blocks=8) as double:
        yield double


@pytest.fixture
def candidate() -> Iterator[Double]:
    with Double(slots=16, blocks=8) as double:
        yield double


@pytest.fixture(scope="module")
def expected(pdfs: Path, baseline: Double, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the baseline alone makes of the documents."""
    out = tmp_path_factory.mktemp("expected")
    assert convert(settings(pdfs, out, baseline)).exit_code == 0
    assert not RunFolder(out).rollout.exists()
    assert not RunFolder(out).rollout_status.exists()
    return files(out)


def settings(pdfs: Path, out: Path, baseline: Double, candidate: str = "", **rollout: Any) -> Settings:
    guards = dict.fromkeys(("error_rate", "match", "latency"), QUICK)
    chosen = {"candidate": {"base_url": candidate}, "guards": guards, **rollout} if candidate else {}
    return Settings(
        inputs=(pdfs,), output=out, server_url=baseline.url, workers=1, concurrency=8, rollout=chosen
    )


def files(out: Path) -> dict[str, bytes]:
    found = (path for path in out.rglob("*") if path.is_file() and ".mineru-batch" not in path.parts)
    return {str(path.relative_to(out)): path.read_bytes() for path in found}


def of(kind: type, seen: list[ev.Event]) -> list[Any]:
    return [event for event in seen if isinstance(event, kind)]


def run(chosen: Settings) -> tuple[RunReport, list[ev.Event]]:
    seen: list[ev.Event] = []
    return convert(chosen, observers=[lambda event, at: seen.append(event)]), seen


def by_candidate(out: Path) -> int:
    ledger = Ledger.view(RunFolder(out).ledger)
    try:
        marks = ledger.targets(sorted(ledger.keys(("done", "partial", "failed"))))
        return sum(bool(mark) for mark, _ in marks.values())
    finally:
        ledger.close()


@pytest.mark.spec("orchestration/gradual-rollout/a-revert-redoes-what-the-candidate-did")
def test_a_candidate_that_garbles_is_reverted_and_its_documents_are_redone(
    pdfs: Path, baseline: Double, candidate: Double, expected: dict[str, bytes], tmp_path: Path
) -> None:
    candidate.control(faults=[GARBLED])
    chosen = settings(pdfs, tmp_path, baseline, candidate.url, percent=50)
    report, seen = run(chosen)
    assert report.exit_code == 1
    assert "the rollout was reverted" in report.message
    assert report.summary.reason == "rollout-reverted"
    assert report.summary.rollout is not None
    assert report.summary.rollout["guard"] == "match"
    assert report.summary.documents.done == DOCUMENTS
    assert files(tmp_path) == expected
    assert by_candidate(tmp_path) == 0
    (over,) = of(ev.RolloutReverted, seen)
    assert (over.guard, over.before) == ("match", 50.0)
    done = [event for event in of(ev.DocumentFinished, seen) if event.target == "candidate"]
    recalled = [event for event in of(ev.DocumentRecalled, seen) if event.status == "done"]
    assert len(done) == len(recalled) == over.documents > 0
    last = of(ev.RunFinished, seen)[-1]
    assert (last.totals.documents, last.totals.done) == (DOCUMENTS, DOCUMENTS)
    assert (last.reason, all_runs(tmp_path)[-1].reason) == ("rollout-reverted", "rollout-reverted")

    again, _ = run(chosen)
    assert again.exit_code == 1, "the same command gives the same answer"
    assert again.summary.documents.skipped == DOCUMENTS
    assert open_rollout(tmp_path).verdict == "fail"


def test_a_good_candidate_stays_and_page_results_name_their_server(
    pdfs: Path, baseline: Double, candidate: Double, expected: dict[str, bytes], tmp_path: Path
) -> None:
    report, seen = run(settings(pdfs, tmp_path, baseline, candidate.url, percent=50))
    assert report.exit_code == 0
    assert files(tmp_path) == expected
    targets = {event.document: event.target for event in of(ev.DocumentFinished, seen)}
    servers = {event.document: (event.server, event.model) for event in of(ev.PageFinished, seen)}
    urls = {"": baseline.url, "candidate": candidate.url}
    assert servers == {document: (urls[target], "mineru") for document, target in targets.items()}
    assert 0 < by_candidate(tmp_path) == list(targets.values()).count("candidate") < DOCUMENTS
    assert not of(ev.RolloutReverted, seen)

    # 10 -> 50 -> 100: what was done stays where it is.
    before = by_candidate(tmp_path)
    report, seen = run(settings(pdfs, tmp_path, baseline, candidate.url, percent=100))
    assert (report.exit_code, report.summary.documents.skipped) == (0, DOCUMENTS)
    assert by_candidate(tmp_path) == before

    # A revert between two runs: the next one redoes what the candidate did.
    revert(tmp_path)
    report, seen = run(settings(pdfs, tmp_path, baseline, candidate.url, percent=100))
    assert report.exit_code == 1
    recalled = of(ev.DocumentStarted, seen)
    assert len(recalled) == before
    assert by_candidate(tmp_path) == 0
    assert files(tmp_path) == expected

    # Set again: the candidate gets another chance.
    set_percent(tmp_path, 50)
    report, _ = run(settings(pdfs, tmp_path, baseline, candidate.url, percent=50))
    assert report.exit_code == 0


def test_a_candidate_that_cannot_be_reached_costs_nothing_but_the_exit_code(
    pdfs: Path, baseline: Double, expected: dict[str, bytes], tmp_path: Path
) -> None:
    chosen = settings(pdfs, tmp_path, baseline, "http://127.0.0.1:9", percent=50)
    report, _ = run(chosen.model_copy(update={"server_wait": 0.2}))
    assert report.exit_code == 1
    assert "cannot be used" in report.message
    assert files(tmp_path) == expected


def test_a_candidate_that_dies_in_the_middle_loses_nothing(
    pdfs: Path, baseline: Double, candidate: Double, expected: dict[str, bytes], tmp_path: Path
) -> None:
    chosen = settings(pdfs, tmp_path, baseline, candidate.url, percent=100)
    chosen = Settings.model_validate({**dict(chosen), "server_wait": 1.0, "rollout": dict(chosen.rollout)})

    with ThreadPoolExecutor(1) as beside:

        def kill(event: ev.Event, at: float) -> None:
            if isinstance(event, ev.PageFinished) and event.server == candidate.url:
                beside.submit(candidate.control, dead=True)

        report = convert(chosen, observers=[kill])
    assert report.exit_code == 1
    assert report.summary.documents.done == DOCUMENTS
    assert files(tmp_path) == expected
    assert by_candidate(tmp_path) == 0


@pytest.mark.spec("orchestration/gradual-rollout/the-percentage-is-changed-while-the-run-works")
def test_the_percentage_of_a_conversion_at_work_is_changed(
    pdfs: Path, baseline: Double, candidate: Double, expected: dict[str, bytes], tmp_path: Path
) -> None:
    """From 0 to reverted, by the files that the command writes."""
    seen: list[ev.Event] = []
    chosen = settings(pdfs, tmp_path, baseline, candidate.url, percent=0, shadow_percent=0)
    with Double(slots=1, blocks=8, block_seconds=0.02) as slow, ThreadPoolExecutor(1) as beside:

        def steer(event: ev.Event, at: float) -> None:
            seen.append(event)
            if isinstance(event, ev.RolloutChanged):
                wanted = (set_percent, tmp_path, 40) if event.percent == 0 else (revert, tmp_path)
                beside.submit(*wanted)

        report = convert(chosen.model_copy(update={"server_url": (slow.url,)}), observers=[steer])
    assert [event.percent for event in of(ev.RolloutChanged, seen)] == [0.0, 40.0]
    assert [event.guard for event in of(ev.RolloutReverted, seen)] == ["user"]
    assert report.exit_code == 1
    assert files(tmp_path) == expected
