"""State of a run of mineru-batch in ``.mineru-batch``. Any of its files may be missing."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

from mineru_cli.quality.sources.source import Facts
from mineru_cli.store.run_folder import FAILURES, LEDGER, SUMMARY


def read_failures(state: Path) -> dict[str, str]:
    """Documents that failed as a whole, from ``failures.jsonl``, with the reason."""
    found: dict[str, str] = {}
    try:
        lines = (state / FAILURES).read_text("utf-8", "replace").splitlines()
    except OSError:
        return found
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("status", "failed") == "failed":
            key = entry.get("key") or entry.get("path")
            if isinstance(key, str):
                found[key] = f"{entry.get('code', '')}: {entry.get('message', '')}".strip(": ")
    return found


def read_facts(state: Path) -> Facts:
    """How the run was made: ``run.json``, and the resolved settings from the ledger."""
    try:
        run = json.loads((state / SUMMARY).read_bytes())
    except (OSError, ValueError):
        return Facts()
    if not isinstance(run, dict):
        return Facts()
    settings, server, versions = (_mapping(run.get(key)) for key in ("settings", "server", "versions"))
    return Facts(
        pages=str(settings.get("pages") or "") if "settings" in run else None,
        model=str(server.get("model") or settings.get("model") or ""),
        server=server,
        settings=settings,
        shaping=_shaping(state),
        versions={str(key): str(value) for key, value in versions.items()},
    )


def read_inputs(state: Path) -> dict[str, str]:
    """Input files by document."""
    rows = _rows(state, "SELECT key, path FROM documents")
    return {key: path if isinstance(path, str) else os.fsdecode(path) for key, path in rows if path}


def _shaping(state: Path) -> dict[str, Any]:
    for (text,) in _rows(state, "SELECT shaping FROM runs ORDER BY id DESC LIMIT 1"):
        try:
            return _mapping(json.loads(text))
        except (TypeError, ValueError):
            break
    return {}


def _rows(state: Path, question: str) -> list[tuple[Any, ...]]:
    """Rows of a query of the ledger; empty if it cannot be read."""
    ledger = state / LEDGER
    if not ledger.is_file():
        return []
    try:
        connection = sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(question).fetchall()
        finally:
            connection.close()
    except sqlite3.Error:
        return []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
