"""What earlier runs on an output folder left behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mineru_cli.errors import InputNotFound
from mineru_cli.store.ledger import Ledger
from mineru_cli.store.records import FailedDocument
from mineru_cli.store.summary import RunSummary, read_summary

NOT_A_RUN = "give the folder that convert -o wrote to"


def last_run(output: Path) -> RunSummary:
    """The last run's ``run.json``. Raises ``InputNotFound``."""
    try:
        return read_summary(output / ".mineru-batch" / "run.json")
    except (OSError, ValueError) as error:
        raise InputNotFound(f"{output} holds no finished run: {error}", hint=NOT_A_RUN) from error


def failed_documents(output: Path) -> Iterator[FailedDocument]:
    """Documents that failed or lost pages, by key. Raises ``InputNotFound``."""
    ledger = _ledger(output)
    try:
        yield from ledger.failures()
    finally:
        ledger.close()


def retry_settings(output: Path, changes: dict[str, Any]) -> dict[str, Any]:
    """Settings of the last run with ``retry_failed``; ``changes`` that are None keep what was."""
    ledger = _ledger(output)
    try:
        runs = ledger.runs()
    finally:
        ledger.close()
    if not runs:
        raise InputNotFound(f"{output} holds no run", hint=NOT_A_RUN)
    facts = runs[-1].facts
    again = {**facts["settings"], "inputs": tuple(facts["inputs"]), "output": output}
    again.update(retry_failed=True, overwrite=False)
    if facts["server"].get("embedded"):
        again["server_url"] = ()
    again.update({name: value for name, value in changes.items() if value is not None})
    return again


def _ledger(output: Path) -> Ledger:
    path = output / ".mineru-batch" / "ledger.db"
    if not path.is_file():
        raise InputNotFound(f"{os.fspath(output)} holds no run", hint=NOT_A_RUN)
    return Ledger.view(path)
