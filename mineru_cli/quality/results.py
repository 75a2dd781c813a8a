"""Results of a comparison, before and after the gate: plain values that every report reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mineru_cli.quality.metrics.registry import SCORES
from mineru_cli.quality.normalise import UnicodeForm
from mineru_cli.quality.score import DocumentScore
from mineru_cli.quality.settings import WEIGHTS
from mineru_cli.stats.bootstrap import BootstrapInterval

RuleStatus = Literal["pass", "fail", "off"]

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Allowance:
    """A known failure that the gate ignores until a day (ISO date, inclusive)."""

    document: str
    until: str
    reason: str


@dataclass(frozen=True, slots=True)
class TruthDifference:
    """Scores of the run minus scores of the base, both against the truth, paired by document.

    ``match`` and ``table`` are mean differences in [-1, 1] with the lower bound of their one-sided 95 %
    interval; None if no document has the component. ``matches`` maps each document to the match of the base
    and of the run.
    """

    matches: Mapping[str, tuple[float, float]]
    base_match: float
    run_match: float
    match: float
    match_low: float
    table: float | None = None
    table_low: float | None = None

    def loss(self, path: str) -> float:
        """The run's loss against the truth on one document; 0 for a document without truth."""
        before, after = self.matches.get(path, (0.0, 0.0))
        return before - after


@dataclass(frozen=True, slots=True)
class Drift:
    """The run against the anchor: the baseline before any approval."""

    anchor: str
    match: float
    documents: int
    approved: int


@dataclass(frozen=True, slots=True)
class Party:
    """One of the two runs."""

    location: str
    kind: str
    documents: int
    model: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs compared. Scores in [0, 1].

    ``components`` and ``types`` are means over the documents that have them. ``noise`` is the loss of a
    document's match when the same run is repeated. ``recorded_scores`` is the score version of a recorded
    base. ``weights`` are those of the matches. ``ignored`` are documents that only the run has, left out on
    request.
    """

    base: Party
    run: Party
    documents: Sequence[DocumentScore]
    run_match: float
    run_match_weighted: float
    interval: BootstrapInterval | None
    components: Mapping[str, float | None]
    types: float | None = None
    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    form: UnicodeForm = "NFKC"
    informational: Mapping[str, float | None] = field(default_factory=dict)
    noise: Mapping[str, float] = field(default_factory=dict)
    recorded_scores: str = SCORES
    allowed: Mapping[str, Allowance] = field(default_factory=dict)
    expired: Sequence[Allowance] = ()
    ignored: Sequence[str] = ()
    truth: TruthDifference | None = None
    drift: Drift | None = None

    def changed(self, document: DocumentScore) -> bool:
        """Whether the document differs by more than the noise of repeated runs."""
        return document.match < 1.0 - self.noise.get(document.path, 0.0) - _ROUNDING or bool(
            document.problems
        )

    @property
    def judged(self) -> Sequence[DocumentScore]:
        """The documents that the gate judges: all but the known failures."""
        return [document for document in self.documents if document.path not in self.allowed]


@dataclass(frozen=True, slots=True)
class RuleResult:
    """Result of one rule of the gate. ``documents`` are those that broke it."""

    rule: str
    title: str
    status: RuleStatus
    detail: str
    value: float | None = None
    limit: float | None = None
    documents: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A comparison and the gate's results."""

    comparison: Comparison
    rules: Sequence[RuleResult]

    @property
    def passed(self) -> bool:
        """Whether no rule failed."""
        return all(rule.status != "fail" for rule in self.rules)

    @property
    def verdict(self) -> Literal["pass", "fail"]:
        """The verdict as a word."""
        return "pass" if self.passed else "fail"
