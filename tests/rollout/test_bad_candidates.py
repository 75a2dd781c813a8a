"""The three bad candidates of the documentation, in real conversions: reverted, and nothing of theirs stays.

Full-size with the shares that docs/rollout.md names and the guards as they are (marker ``slow``). By default few
documents, and candidates so bad that few are enough; the slow one in full size only, as a busy machine slows both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockBuster
from vllm_double import Double

from mineru_cli import convert
from mineru_cli.domain import events as ev
from mineru_cli.settings import Settings
from tests.corpus import text_pdf

DOCUMENTED = 150
"""Documents of the candidate after which, at the latest, docs/rollout.md says that it is reverted."""
SLOTS = 64
"""More than the run's own requests and the comparisons' together: neither side queues."""
FEW = 16


@dataclass(frozen=True)
class Case:
    """A bad candidate: the guard that finds it, its fault, and what both servers are like.

    ``answer`` are the baseline's seconds per request; of the slow one well above what a busy machine adds.
    """

    guard: str
    fault: dict[str, Any] = field(default_factory=dict)
    slowness: float = 1.0
    blocks: int = 8
    answer: float = 0.02
    percent: float = 75.0
    documents: int = 200

    def server(self, slowness: float = 1.0) -> Double:
        seconds = self.answer * slowness
        return Double(slots=SLOTS, blocks=self.blocks, block_seconds=seconds, layout_seconds=seconds)


CASES = {
    "garbled": Case("match", {"kind": "garbled", "match": "block"}),
    "errors": Case("error_rate", {"kind": "500"}),
    "slow": Case("latency", slowness=3.0, blocks=2, answer=3.0, percent=50.0, documents=60),
}
SHARES = {"full": {"garbled": 0.05, "errors": 0.03}, "few": {"garbled": 0.3, "errors": 0.3}}


@pytest.fixture(autouse=True)
def run_files(no_blocking_calls: BlockBuster) -> None:
    for function in no_blocking_calls.functions.values():
        function.can_block_in("mineru_cli/engine/run.py", {"convert_async", "_commit", "work"})
        function.can_block_in("mineru_cli/engine/rebuild.py", {"rebuild_missing"})
        function.can_block_in("mineru_cli/store/local/manifests.py", {"write_run"})


def settings(pdfs: Path, out: Path, baseline: Double, **rollout: Any) -> Settings:
    return Settings(
        inputs=(pdfs,), output=out, server_url=baseline.url, workers=1, concurrency=16, rollout=rollout
    )


def files(out: Path) -> dict[str, bytes]:
    found = (path for path in out.rglob("*") if path.is_file() and ".mineru-batch" not in path.parts)
    return {str(path.relative_to(out)): path.read_bytes() for path in found}


def reverted(seen: list[ev.Event]) -> ev.RolloutReverted:
    found = [event for event in seen if isinstance(event, ev.RolloutReverted)]
    assert len(found) == 1, [event for event in seen if isinstance(event, ev.RolloutJudged)][-6:]
    return found[0]


FULL_SIZE = [pytest.mark.slow, pytest.mark.timeout(1800)]
pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize(
    ("size", "kind"),
    [
        ("few", "garbled"),
        ("few", "errors"),
        *(pytest.param("full", kind, marks=FULL_SIZE) for kind in CASES),
    ],
)
def test_a_bad_candidate_is_reverted_and_every_document_ends_as_the_baseline_has_it(
    size: str, kind: str, tmp_path: Path
) -> None:
    case = CASES[kind]
    count = case.documents if size == "full" else FEW
    pdfs, alone, out = (tmp_path / name for name in ("pdfs", "alone", "out"))
    pdfs.mkdir()
    for number in range(count):
        (pdfs / f"d{number:03}.pdf").write_bytes(text_pdf([f"document {number}"]))
    chosen: dict[str, Any] = {"percent": case.percent}
    if size == "few":
        guards = ("error_rate", "match", "latency")
        chosen["guards"] = {name: {"min_sample": 6, "interval": 1} for name in guards}
    seen: list[ev.Event] = []
    with case.server() as baseline, case.server(case.slowness) as bad:
        if case.fault:
            bad.control(faults=[{**case.fault, "p": SHARES[size][kind]}], seed=7)
        chosen["candidate"] = {"base_url": bad.url}
        report = convert(
            settings(pdfs, out, baseline, **chosen), observers=[lambda event, at: seen.append(event)]
        )
        assert convert(settings(pdfs, alone, baseline)).exit_code == 0
    over = reverted(seen)
    assert (over.guard, report.exit_code) == (case.guard, 1)
    assert 0 < over.documents <= (DOCUMENTED if size == "full" else count)
    assert report.summary.documents.done == report.summary.documents.total == count
    assert files(out) == files(alone)
    print(f"{kind}: after {over.documents} of the candidate's documents: {over.reason}")
