"""Known failures that the gate ignores until they expire: by document, with a reason and an expiry date.

JSON (or YAML where PyYAML is installed)::

    {"allow": [{"document": "reports/2024", "until": "2026-12-31", "reason": "scanned sideways"}]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mineru_cli.quality.errors import BadAllowList
from mineru_cli.quality.results import Allowance


@dataclass(frozen=True, slots=True)
class AllowList:
    """``current`` entries by document, and the expired entries."""

    current: Mapping[str, Allowance]
    expired: Sequence[Allowance]


EMPTY = AllowList({}, ())


def read_allow_list(path: Path, today: date) -> AllowList:
    """Read the list. Raises ``BadAllowList``: an entry without expiry date or reason is not accepted."""
    try:
        content = _parse(path)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadAllowList(f"{path} cannot be read: {why}") from error
    except RecursionError:
        raise BadAllowList(f"{path} cannot be read: nested too deeply") from None
    entries = content.get("allow") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise BadAllowList(f"{path} has no list named 'allow'")
    allowances = [_allowance(path, number, entry) for number, entry in enumerate(entries, 1)]
    current = {one.document: one for one in allowances if date.fromisoformat(one.until) >= today}
    expired = tuple(one for one in allowances if one.document not in current)
    return AllowList(current, expired)


def _parse(path: Path) -> Any:
    text = path.read_text("utf-8")
    if path.suffix in (".yaml", ".yml"):
        try:
            import yaml
        except ImportError as error:
            raise ValueError("reading YAML needs PyYAML; write JSON instead") from error
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ValueError(str(error)) from error
    return json.loads(text)


def _allowance(path: Path, number: int, entry: Any) -> Allowance:
    if not isinstance(entry, dict):
        raise BadAllowList(f"{path}: entry {number} is not a mapping")
    document, until, reason = (entry.get(key) for key in ("document", "until", "reason"))
    if not isinstance(document, str) or not document:
        raise BadAllowList(f"{path}: entry {number} names no document")
    if not isinstance(reason, str) or not reason.strip():
        raise BadAllowList(f"{path}: {document} has no reason")
    try:
        day = date.fromisoformat(str(until))
    except ValueError as error:
        raise BadAllowList(f"{path}: {document} has no day of expiry (until: 2026-12-31)") from error
    return Allowance(document, day.isoformat(), reason)
