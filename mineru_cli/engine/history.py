"""Reads what earlier runs on an output folder recorded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from mineru_cli.errors import InputNotFound, SettingsError
from mineru_cli.store.ledger.archive import Archive
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.records import FailedDocument, RunRecord
from mineru_cli.store.ledger.summary import EarlierCounts, Ending, RunSummary, read_summary, summarise
from mineru_cli.store.local.lock import working
from mineru_cli.store.run_folder import RunFolder

MERGED = "merged"
"""Key in the facts of a merged run: the outputs that it was merged from."""
NOT_A_RUN = "give the folder that convert -o wrote to"
RUNNING, UNFINISHED = "running", "unfinished"
"""Outcomes of a run that has not ended: its process exists, or it does not."""
BEGIN_WITHIN = 60.0
"""Seconds between a summary's start and its run's entry in the ledger: reading a large ledger, at most."""


def last_run(output: Path) -> RunSummary:
    """The last run: its ``run.json`` or, where it was killed or is running, a summary of the ledger.

    Raises ``InputNotFound``, ``OutputError``.
    """
    with closing(open_ledger(output)) as ledger:
        return summary_of(last_record(ledger, output), ledger, RunFolder(output))


def all_runs(output: Path) -> list[RunRecord]:
    """Every run on the folder, the latest last. Raises ``InputNotFound``, ``OutputError``."""
    with closing(open_ledger(output)) as ledger:
        return ledger.runs()


def last_record(ledger: Ledger, output: Path) -> RunRecord:
    """The ledger's latest run. Raises ``InputNotFound``."""
    runs = ledger.runs()
    if not runs:
        raise InputNotFound(f"{os.fspath(output)} holds no run", hint=NOT_A_RUN)
    return runs[-1]


def summary_of(record: RunRecord, ledger: Ledger, folder: RunFolder) -> RunSummary:
    """The last run's summary: ``run.json`` if it belongs to this run, else what the ledger knows."""
    if record.outcome:
        with suppress(OSError, ValueError):
            summary = read_summary(folder.summary)
            if 0 <= record.started - summary.started <= BEGIN_WITHIN:
                return summary
    return _from_ledger(ledger, folder, record)


def _from_ledger(ledger: Ledger, folder: RunFolder, record: RunRecord) -> RunSummary:
    """The summary of one run from the ledger of ``folder``. Earlier runs' documents count as skipped."""
    totals, everything = ledger.totals(record.id), ledger.totals()
    earlier = EarlierCounts(
        partial=everything.partial - totals.partial, failed=everything.failed - totals.failed
    )
    with Archive(folder.ledger) as archive:
        last_end = max((at for at, _, _ in archive.finished(record.id)), default=record.started)
    outcome = record.outcome or (RUNNING if working(folder.lock) else UNFINISHED)
    last = record.finished or max(record.started, _last_commit(folder.ledger), last_end)
    return summarise(
        totals,
        skipped=everything.done - totals.done,
        earlier=earlier,
        ending=Ending(outcome, record.exit_code, record.reason),
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


def failed_documents(output: Path) -> Iterator[FailedDocument]:
    """Documents that failed or lost pages, by key. Raises ``InputNotFound``."""
    with closing(open_ledger(output)) as ledger:
        yield from ledger.failures()


def retry_settings(output: Path, changes: dict[str, Any]) -> dict[str, Any]:
    """Settings of the last run with ``retry_failed``; ``changes`` that are None keep their value."""
    with closing(open_ledger(output)) as ledger:
        facts = last_record(ledger, output).facts
    if parts := facts.get(MERGED):
        raise SettingsError(
            f"{os.fspath(output)} is merged of {len(parts)} outputs and holds no results",
            hint=f"retry each of them: mineru-batch runs retry {parts[0]}",
        )
    if not changes.get("server_url") and not facts["server"].get("embedded"):
        _require_own(RunFolder(output).ledger)
    again = {**facts["settings"], "inputs": tuple(facts["inputs"]), "output": output}
    again.update(retry_failed=True, overwrite=False)
    if facts["server"].get("embedded"):
        again["server_url"] = ()
    again.update({name: value for name, value in changes.items() if value is not None})
    again["headers"] = _known_headers(facts["settings"].get("headers") or {}, changes.get("headers") or {})
    return again


def _require_own(ledger: Path) -> None:
    """Raise ``SettingsError`` for a ledger of another user: its server would receive the API key."""
    owner = ledger.stat().st_uid
    if owner != os.getuid():
        raise SettingsError(
            f"{os.fspath(ledger)} belongs to another user (uid {owner}), and so does the server it names",
            hint="give --server-url: your key, headers and documents go there",
        )


def _known_headers(before: dict[str, str], headers: dict[str, Any]) -> dict[str, Any]:
    """Values of headers are not stored: those of the last run must be given again."""
    kept = {name: value for name, value in before.items() if value.strip("*")}  # by older versions
    missing = [name for name in before if name not in kept and name.lower() not in map(str.lower, headers)]
    if missing:
        raise SettingsError(
            f"the last run sent the headers {', '.join(missing)}, whose values are not kept",
            hint=" ".join(f"--header '{name}: VALUE'" for name in missing),
        )
    return {**kept, **headers}


def open_ledger(output: Path) -> Ledger:
    """The ledger of an output folder, for reading. Raises ``InputNotFound``, ``OutputError``."""
    folder = RunFolder(output)
    if not folder.holds_a_run:
        if folder.manifests.is_dir():
            raise InputNotFound(
                f"the ledger of {os.fspath(output)} is gone", hint=f"mineru-batch runs rebuild {output}"
            )
        raise InputNotFound(f"{os.fspath(output)} holds no run", hint=NOT_A_RUN)
    return Ledger.view(folder.ledger)
