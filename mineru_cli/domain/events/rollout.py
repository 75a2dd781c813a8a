"""Events of a gradual rollout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mineru_cli.domain.document import Status
from mineru_cli.domain.events.run import RunEvent

GuardName = Literal["error_rate", "match", "latency", "candidate", "user"]
"""Guards of a rollout; "candidate" is one that cannot be used at all, "user" a person's decision."""

Verdict = Literal["pass", "fail", "inconclusive"]


@dataclass(frozen=True, slots=True)
class RolloutChanged(RunEvent):
    """The share of documents for the candidate has changed to ``percent`` (0-100).

    ``before`` is None at the begin of the run, ``reason`` is a sentence. A revert has its own event.
    """

    percent: float
    before: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class RolloutScored(RunEvent):
    """A document of the candidate was compared with the baseline's version. Matches are 0-1.

    ``mean`` is the mean of the ``documents`` scored so far.
    """

    document: str
    match: float
    mean: float
    documents: int


@dataclass(frozen=True, slots=True)
class RolloutJudged(RunEvent):
    """A guard's verdict changed. ``low`` and ``high`` are its confidence interval, in the unit of ``limit``.

    The unit is a share (0-1) for "error_rate" and "match", and a ratio of times for "latency"; values are
    null without a sample. ``documents`` is the number of the candidate's documents in the sample.
    """

    guard: GuardName
    verdict: Verdict
    value: float | None
    low: float | None
    high: float | None
    limit: float
    documents: int


@dataclass(frozen=True, slots=True)
class RolloutReverted(RunEvent):
    """The rollout was reverted: the candidate gets no more documents, and those that it converted are redone.

    ``documents`` is the number that the candidate finished in this run; those of earlier runs on the folder
    are redone as well. ``target`` is the target that redoes them: "baseline" or "fallback".
    """

    guard: GuardName
    reason: str
    before: float
    documents: int
    target: str = "baseline"


@dataclass(frozen=True, slots=True)
class DocumentRecalled(RunEvent):
    """Earlier events of a document are void: it is converted again at another target.

    ``status`` is its earlier result, None if it was not finished; ``pages`` and ``failed_pages`` are those of
    its ``DocumentFinished``.
    """

    document: str
    status: Status | None = None
    pages: int = 0
    failed_pages: int = 0
