"""Settings of a comparison with their help texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from mineru_cli.quality.normalise import UnicodeForm
from mineru_cli.settings.declaration import Flag
from mineru_cli.stats.bootstrap import RESAMPLES, SEED

GATE, INPUTS = "Gate", "What is compared"

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"text": 1.0, "table": 1.0, "formula": 1.0, "order": 0.15, "types": 0.04}
)
"""Weight per character of text, table and formula, and weight of order and types against 1 for content."""


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Limits of the gate. Shares in [0, 1]; the margins of the truth mode in points (hundredths)."""

    threshold: Annotated[float, Flag("Least run match.", GATE, low=0, high=1)] = 0.95
    strict_ci: Annotated[bool, Flag("Hold the lower bound of the interval against the threshold.", GATE)] = (
        False
    )
    component_floor: Annotated[
        float,
        Flag(
            "Least mean of text, table, formula and order, each where 5 documents have it.",
            GATE,
            low=0,
            high=1,
        ),
    ] = 0.90
    component_documents: Annotated[
        int, Flag("Documents from which on a component's mean is judged.", GATE, low=1)
    ] = 5
    floor: Annotated[float, Flag("Least match of a single document.", GATE, low=0, high=1)] = 0.80
    max_below_floor: Annotated[int, Flag("Documents that may lie below it.", GATE, low=0)] = 0
    max_changed_numbers: Annotated[
        float, Flag("Share of a document's numerals that may change.", GATE, low=0, high=1)
    ] = 0.01
    min_changed_numbers: Annotated[
        int, Flag("Changed numerals from which on that share counts.", GATE, low=1)
    ] = 2
    truth_margin: Annotated[float, Flag("Points that may be lost against --truth.", GATE, low=0)] = 1.0
    truth_table_margin: Annotated[float, Flag("The same for tables.", GATE, low=0)] = 2.0


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """Thresholds of the checks.

    ``length_ratio`` is the least ratio of the shorter side to the longer one (0.8: from 0.8 to 1.25 times),
    checked above ``length_from`` characters. ``repeats`` is how often a phrase may be repeated at an end.
    ``page_floor`` is the least match of a page of at least ``page_from`` characters, ``block_floor`` the
    least share that must be left of a block of at least ``block_from`` characters.
    """

    length_ratio: Annotated[
        float,
        Flag("Least ratio of a document's two lengths, the shorter to the longer.", GATE, low=0, high=1),
    ] = 0.8
    length_from: Annotated[int, Flag("Characters from which on that ratio counts.", GATE, low=0)] = 500
    repeats: Annotated[
        int,
        Flag(
            "How often a phrase may be repeated at the end of a page or block.",
            GATE,
            low=1,
            name="max-repeats",
        ),
    ] = 30
    page_floor: Annotated[
        float,
        Flag("Least match of a single page that holds 100 characters or more.", GATE, low=0, high=1),
    ] = 0.6
    page_from: int = 100
    block_floor: Annotated[
        float, Flag("Least share of a long block that must be left.", GATE, low=0, high=1)
    ] = 0.7
    block_from: Annotated[int, Flag("Characters from which on a block is long.", GATE, low=1)] = 200


@dataclass(frozen=True, slots=True)
class Scoring:
    """How documents are scored. ``weights`` are those of the components that make up the match."""

    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    form: UnicodeForm = "NFKC"
    limits: CheckLimits = field(default_factory=CheckLimits)


@dataclass(frozen=True, slots=True)
class CompareSettings:
    """Everything that can be set. ``workers`` None is one process per core."""

    gate: GateSettings = field(default_factory=GateSettings)
    scoring: Scoring = field(default_factory=Scoring)
    truth: Annotated[
        Path | None,
        Flag(
            "Ground truth: judge the difference of both runs' scores against it instead.", GATE, metavar="DIR"
        ),
    ] = None
    allow: Annotated[
        Path | None,
        Flag(
            "Known failures with expiry dates.",
            GATE,
            metavar="FILE",
            default="quality-allow.json or .yaml, if there",
        ),
    ] = None
    anchor: Annotated[Path | None, Flag("An older baseline, to show the drift.", INPUTS, metavar="BASE")] = (
        None
    )
    ignore_extra: Annotated[bool, Flag("Leave out documents that only RUN has.", INPUTS)] = False
    workers: Annotated[int | None, Flag("Processes that score.", INPUTS, low=1, default="one per core")] = (
        None
    )
    resamples: int = RESAMPLES
    seed: int = SEED
