"""One line of the doctor: a check, how it went, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mineru_cli.servers.doctor.facts import MachineFacts

Status = Literal["ok", "problem", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``detail`` is what was seen, ``fix`` what to do about a problem."""

    check: str
    status: Status
    detail: str
    fix: str = ""


Check = Callable[[MachineFacts], Finding]
"""Judges the facts; pure."""


def ok(check: str, detail: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", detail)


def problem(check: str, detail: str, fix: str) -> Finding:
    """Something is missing or wrong."""
    return Finding(check, "problem", detail, fix)


def skipped(check: str, why: str) -> Finding:
    """Not asked, because it does not matter here or cannot be asked."""
    return Finding(check, "skipped", why)
