"""Two small files to observe and control a rollout during a conversion.

``rollout.json`` is the desired state: the percentage, and whether the rollout was reverted. Both the command
and the run write it, and the run reads it twice per second. ``rollout-status.json`` is the observed state;
only the run writes it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mineru_cli.domain.events import GuardName, Verdict
from mineru_cli.errors import InputNotFound, SettingsError
from mineru_cli.rollout.decisions import Decisions
from mineru_cli.settings.rollout import Candidate
from mineru_cli.store.local.files import write_file
from mineru_cli.store.local.lock import working
from mineru_cli.store.run_folder import RunFolder

STATUS_SCHEMA = "mineru-batch/rollout/1"
BY_HAND = "reverted by hand (mineru-batch rollout revert)"


class Control(BaseModel):
    """``rollout.json``. ``mark`` identifies the candidate: the desired state applies to no other one."""

    model_config = ConfigDict(frozen=True)

    mark: str
    percent: float = Field(ge=0, le=100)
    reverted: bool = False
    guard: GuardName = "user"
    reason: str = ""


class GuardStatus(BaseModel):
    """A guard's latest judgement; its measured values are None without a sample."""

    guard: GuardName
    verdict: Verdict
    value: float | None
    low: float | None
    high: float | None
    limit: float
    documents: int


class Status(BaseModel):
    """``rollout-status.json``.

    ``candidate_documents`` and ``baseline_documents`` were finished in this run; ``scored`` documents were
    compared, with the mean ``match`` (0-1). ``guard`` and ``reason`` explain a revert.
    """

    schema_: str = Field(default=STATUS_SCHEMA, alias="schema")
    model_config = ConfigDict(frozen=True, populate_by_name=True)

    state: Literal["running", "reverted"]
    percent: float
    verdict: Verdict
    candidate_documents: int
    baseline_documents: int
    scored: int
    match: float | None
    guards: list[GuardStatus]
    guard: GuardName | None = None
    reason: str = ""
    before: float | None = None


@dataclass(frozen=True, slots=True)
class RolloutFolder:
    """The rollout of an output folder, for the command."""

    folder: RunFolder
    control: Control
    status: Status | None
    is_running: bool

    @property
    def verdict(self) -> Verdict:
        """The verdict of all guards; "fail" after a revert."""
        if self.control.reverted:
            return "fail"
        return self.status.verdict if self.status else "inconclusive"

    def as_json(self) -> str:
        """Desired and observed state in one object."""
        status = self.status.model_dump(mode="json", by_alias=True) if self.status else {}
        desired: dict[str, Any] = {
            "percent": self.control.percent,
            "verdict": self.verdict,
            "at_work": self.is_running,
        }
        if self.control.reverted:
            over = {"state": "reverted", "guard": self.control.guard, "reason": self.control.reason}
            desired = {**desired, "percent": 0.0, **over}
        return json.dumps({"schema": STATUS_SCHEMA, **status, **desired}, indent=2)


def mark_of(candidate: Candidate) -> str:
    """A hash that identifies a candidate: equal for the same servers and settings."""
    facts = json.dumps(candidate.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def read_control(folder: RunFolder) -> Control | None:
    """Read the desired state; None if the file is missing or invalid."""
    try:
        return Control.model_validate_json(folder.rollout.read_bytes())
    except (OSError, ValidationError):
        return None


def write_control(folder: RunFolder, control: Control) -> None:
    """Write the desired state. Raises ``OutputError``."""
    write_file(folder.rollout, f"{control.model_dump_json(indent=2)}\n".encode())


def status_of(decisions: Decisions) -> Status:
    """The current observed state."""
    over = decisions.reverted
    return Status(
        state="reverted" if over else "running",
        percent=decisions.percent,
        verdict=decisions.verdict,
        candidate_documents=decisions.candidates,
        baseline_documents=decisions.baselines,
        scored=decisions.scored,
        match=decisions.mean_match,
        guards=[
            GuardStatus(
                guard=one.guard,
                verdict=one.verdict,
                limit=one.limit,
                documents=one.sample,
                **(asdict(one.measured) if one.measured else {"value": None, "low": None, "high": None}),
            )
            for one in decisions.judgements
        ],
        guard=over.guard if over else None,
        reason=over.reason if over else "",
        before=over.before if over else None,
    )


def write_status(folder: RunFolder, status: Status) -> None:
    """Write the observed state. Raises ``OutputError``."""
    write_file(
        folder.rollout_status, f"{status.model_dump_json(by_alias=True, indent=2)}\n".encode(), durable=False
    )


def open_rollout(output: Path) -> RolloutFolder:
    """The rollout of an output folder. Raises ``InputNotFound`` without one."""
    folder = RunFolder(output)
    control = read_control(folder)
    if control is None:
        raise InputNotFound(
            f"{output} holds no rollout",
            hint="give the folder that convert --candidate-url ... -o wrote to",
        )
    try:
        status: Status | None = Status.model_validate_json(folder.rollout_status.read_bytes())
    except (OSError, ValidationError):
        status = None
    return RolloutFolder(folder, control, status, working(folder.lock))


def set_percent(output: Path, percent: float) -> RolloutFolder:
    """Change the percentage. Raises ``InputNotFound``, and ``SettingsError`` for a run that was reverted."""
    found = open_rollout(output)
    if not 0 <= percent <= 100:
        raise SettingsError(f"'{percent:g}' is not a percentage: give a number from 0 to 100")
    if found.control.reverted and found.is_running:
        raise SettingsError(
            f"the rollout was reverted: {found.control.reason}",
            hint="its documents are being redone; set a percentage again when the conversion has ended",
        )
    write_control(found.folder, Control(mark=found.control.mark, percent=percent))
    return open_rollout(output)


def revert(output: Path) -> RolloutFolder:
    """Revert the rollout, immediately or, without a running conversion, at the start of the next one."""
    found = open_rollout(output)
    if not found.control.reverted:
        over = found.control.model_copy(update={"reverted": True, "guard": "user", "reason": BY_HAND})
        write_control(found.folder, over)
    return open_rollout(output)
