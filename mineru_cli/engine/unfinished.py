"""The summary of a run without ``run.json``, because it was killed or is still running, from its ledger."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from mineru_cli.store.ledger.archive import Archive
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.records import RunRecord
from mineru_cli.store.ledger.summary import EarlierCounts, RunSummary, summarise
from mineru_cli.store.local.lock import working
from mineru_cli.store.run_folder import RunFolder

RUNNING, UNFINISHED = "running", "unfinished"
"""Outcomes that only this summary has: the run's process exists, or it does not."""


def from_ledger(ledger: Ledger, folder: RunFolder, record: RunRecord) -> RunSummary:
    """The summary of one run from the ledger of ``folder``. Earlier runs' documents count as skipped."""
    totals, everything = ledger.totals(record.id), ledger.totals()
    earlier = EarlierCounts(
        partial=everything.partial - totals.partial, failed=everything.failed - totals.failed
    )
    with Archive(folder.ledger) as archive:
        ends = [at for at, _, _ in archive.finished(record.id)]
    outcome = record.outcome or (RUNNING if working(folder.lock) else UNFINISHED)
    last = record.finished or max([record.started, _last_commit(folder.ledger), *ends])
    return summarise(
        totals,
        skipped=everything.done - totals.done,
        earlier=earlier,
        outcome=outcome,
        exit_code=record.exit_code,
        reason=record.reason,
        started=record.started,
        seconds=last - record.started,
        failures_by_class=ledger.failures_by_class(None if earlier != EarlierCounts() else record.id),
        settings=record.facts.get("settings", {}),
        server=record.facts.get("server", {}),
        versions={},
    )


def _last_commit(path: Path) -> float:
    """When the ledger was last written: an active run commits twice per second."""
    latest = 0.0
    for file in (path, path.with_name(f"{path.name}-wal")):
        with suppress(OSError):
            latest = max(latest, file.stat().st_mtime)
    return latest
