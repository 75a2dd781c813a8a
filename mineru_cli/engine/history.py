"""Reads what earlier runs on an output folder recorded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mineru_cli.engine.unfinished import from_ledger
from mineru_cli.errors import InputNotFound, SettingsError
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.records import FailedDocument, RunRecord
from mineru_cli.store.ledger.summary import RunSummary, read_summary
from mineru_cli.store.run_folder import RunFolder

MERGED = "merged"
"""Key in the facts of a merged run: the outputs that it was merged from."""
NOT_A_RUN = "give the folder that convert -o wrote to"
BEGIN_WITHIN = 60.0
"""Seconds between a summary's start and its run's entry in the ledger: reading a large ledger, at most."""


def last_run(output: Path) -> RunSummary:
    """The last run: its ``run.json`` or, where it was killed or is running, a summary of the ledger.

    Raises ``InputNotFound``, ``OutputError``.
    """
    folder, ledger = RunFolder(output), open_ledger(output)
    try:
        record = last_record(ledger, output)
        return finished_summary(folder.summary, record) or from_ledger(ledger, folder, record)
    finally:
        ledger.close()


def all_runs(output: Path) -> list[RunRecord]:
    """Every run on the folder, the latest last. Raises ``InputNotFound``, ``OutputError``."""
    ledger = open_ledger(output)
    try:
        return ledger.runs()
    finally:
        ledger.close()


def last_record(ledger: Ledger, output: Path) -> RunRecord:
    """The ledger's latest run. Raises ``InputNotFound``."""
    runs = ledger.runs()
    if not runs:
        raise InputNotFound(f"{os.fspath(output)} holds no run", hint=NOT_A_RUN)
    return runs[-1]


def finished_summary(path: Path, record: RunRecord) -> RunSummary | None:
    """``run.json``, if it exists and belongs to this run, which then ended regularly."""
    if not record.outcome:
        return None
    try:
        summary = read_summary(path)
    except (OSError, ValueError):
        return None
    return summary if 0 <= record.started - summary.started <= BEGIN_WITHIN else None


def failed_documents(output: Path) -> Iterator[FailedDocument]:
    """Documents that failed or lost pages, by key. Raises ``InputNotFound``."""
    ledger = open_ledger(output)
    try:
        yield from ledger.failures()
    finally:
        ledger.close()


def retry_settings(output: Path, changes: dict[str, Any]) -> dict[str, Any]:
    """Settings of the last run with ``retry_failed``; ``changes`` that are None keep their value."""
    ledger = open_ledger(output)
    try:
        facts = last_record(ledger, output).facts
    finally:
        ledger.close()
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
