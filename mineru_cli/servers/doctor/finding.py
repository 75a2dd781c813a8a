"""One line of the doctor: a check, its result, and the fix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mineru_cli.servers.doctor.facts import MachineFacts

Status = Literal["ok", "problem", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``detail`` is what was found, ``fix`` what to do about a problem."""

    check: str
    status: Status
    detail: str
    fix: str = ""


Check = Callable[[MachineFacts], Finding]
"""A pure function of the facts."""


def ok(check: str, detail: str) -> Finding:
    """The check passed."""
    return Finding(check, "ok", detail)


def problem(check: str, detail: str, fix: str) -> Finding:
    """The check failed."""
    return Finding(check, "problem", detail, fix)


def skipped(check: str, why: str) -> Finding:
    """The check was not made: not relevant here, or not possible."""
    return Finding(check, "skipped", why)
