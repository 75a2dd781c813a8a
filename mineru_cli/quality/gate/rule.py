"""What a rule is, and what rules can be set to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import floor

from mineru_cli.quality.results import Comparison, RuleResult, RuleStatus

_NAMED = 3


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Limits of the gate. Shares in [0, 1]; the margins of the truth mode in points (hundredths)."""

    threshold: float = 0.95
    strict_ci: bool = False
    component_floor: float = 0.90
    component_documents: int = 5
    floor: float = 0.80
    max_below_floor: int = 0
    max_changed_numbers: float = 0.01
    min_changed_numbers: int = 2
    truth_margin: float = 1.0
    truth_table_margin: float = 2.0


Rule = Callable[[Comparison, GateSettings], Iterator[RuleResult]]
"""Looks at a comparison and gives one result, or several where it looks at several things."""


def percent(share: float) -> str:
    """A share as people read it, never rounded up: less than a limit must not look like the limit."""
    return f"{floor(share * 10_000 + 1e-6) / 100:.2f} %"


def some(documents: Sequence[str]) -> str:
    """How many documents, and the first of them by name."""
    count = f"{len(documents)} document{'' if len(documents) == 1 else 's'}"
    named = ", ".join(documents[:_NAMED])
    more = f" and {len(documents) - _NAMED} more" if len(documents) > _NAMED else ""
    return f"{count}: {named}{more}" if documents else "none"


def passes(holds: bool) -> RuleStatus:
    """The status of a rule that was asked."""
    return "pass" if holds else "fail"
