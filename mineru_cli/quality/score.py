"""score-v1: the score of a document, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Literal

from mineru_cli.quality.blocks import Document, Page, as_one_page
from mineru_cli.quality.checks import CheckLimits, Problem, document_problems
from mineru_cli.quality.matching.page_pair import PagePair, Side, pair_pages
from mineru_cli.quality.metrics.registry import COMPONENTS, METRICS, WEIGHTS
from mineru_cli.quality.normalise import UnicodeForm
from mineru_cli.quality.numbers import NumberChange, compare_numerals, sum_changes

State = Literal["paired", "renamed", "missing", "extra"]
Scores = Mapping[str, float | None]

_LISTED_NUMBERS = 200
_EXCERPT = 60


@dataclass(frozen=True, slots=True)
class Scoring:
    """How documents are scored. ``weights`` are those of the components that make up the match."""

    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    form: UnicodeForm = "NFKC"
    limits: CheckLimits = field(default_factory=CheckLimits)


@dataclass(frozen=True, slots=True)
class PageScore:
    """A page whose scored content is not equal. ``excerpt`` is where it first differs, in norm-v1."""

    index: int
    scores: Scores
    numbers: NumberChange
    excerpt: tuple[str, str]


@dataclass(frozen=True, slots=True)
class DocumentScore:
    """One document of both runs.

    ``scores`` has every metric of the registry, None where absent on both sides. ``changed_pages`` holds the
    pages that are not equal; ``characters`` are those of both sides in norm-v1. ``run_path`` differs from
    ``path`` for a renamed document.
    """

    path: str
    run_path: str
    state: State
    match: float
    scores: Scores
    characters: tuple[int, int]
    pages: int
    changed_pages: tuple[PageScore, ...]
    numbers: NumberChange
    problems: tuple[Problem, ...]


def score_document(
    path: str,
    base: Document | None,
    run: Document | None,
    *,
    state: State = "paired",
    run_path: str = "",
    failed: str = "",
    scoring: Scoring | None = None,
) -> DocumentScore:
    """Score one document. A side that is None is empty; ``failed`` says why the run lacks it.

    Symmetric but for ``problems``, which are what the run does worse than the base.
    """
    scoring = scoring or Scoring()
    if base and run and base.paged != run.paged:
        base, run = as_one_page(base), as_one_page(run)
    pairs = [pair_pages(index, left, right, scoring.form) for index, left, right in _pages(base, run)]
    scores_of_pages = [{name: metric(pair) for name, metric in METRICS.items()} for pair in pairs]
    scores = {name: _mean([page[name] for page in scores_of_pages]) for name in METRICS}
    numbers = [compare_numerals(pair.base.numerals, pair.run.numerals) for pair in pairs]
    return DocumentScore(
        path=path,
        run_path=run_path or path,
        state=state,
        match=document_match(scores, scoring.weights),
        scores=scores,
        characters=(_characters([p.base for p in pairs]), _characters([p.run for p in pairs])),
        pages=len(pairs),
        changed_pages=tuple(_changed_pages(pairs, scores_of_pages, numbers)),
        numbers=sum_changes(numbers).shortened(_LISTED_NUMBERS),
        problems=tuple(document_problems(base, run, pairs, failed, scoring.limits)),
    )


def document_match(scores: Scores, weights: Mapping[str, float]) -> float:
    """Weighted mean of the components that are there; 1 when none is, because then both sides are empty."""
    present = [(weight, score) for name, weight in weights.items() if (score := scores.get(name)) is not None]
    total = fsum(weight for weight, _ in present)
    if total <= 0:
        return 1.0
    if all(score == 1.0 for _, score in present):
        return 1.0
    return fsum(weight * score for weight, score in present) / total


def _pages(base: Document | None, run: Document | None) -> Iterator[tuple[int, Page | None, Page | None]]:
    left = {page.index: page for page in base.pages} if base else {}
    right = {page.index: page for page in run.pages} if run else {}
    for index in sorted({*left, *right}):
        yield index, left.get(index), right.get(index)


def _characters(sides: Sequence[Side]) -> int:
    return sum(len(side.content) for side in sides)


def _mean(scores: Sequence[float | None]) -> float | None:
    present = [score for score in scores if score is not None]
    return fsum(present) / len(present) if present else None


def _changed_pages(
    pairs: Sequence[PagePair], scores: Sequence[Scores], numbers: Sequence[NumberChange]
) -> Iterator[PageScore]:
    for pair, page, change in zip(pairs, scores, numbers, strict=True):
        lost = any(page[name] not in (None, 1.0) for name in COMPONENTS)
        if lost or change.changed:
            yield PageScore(pair.index, page, change.shortened(_LISTED_NUMBERS), _excerpt(pair))


def _excerpt(pair: PagePair) -> tuple[str, str]:
    """Both sides around their first difference."""
    base, run = pair.base.content, pair.run.content
    at = next(
        (i for i, (a, b) in enumerate(zip(base, run, strict=False)) if a != b), min(len(base), len(run))
    )
    return _around(base, at), _around(run, at)


def _around(text: str, at: int) -> str:
    """Some words around a place, on one line, with "…" where it was cut."""
    first, last = max(0, at - _EXCERPT // 3), at + _EXCERPT
    if first:
        blank = text.find(" ", first, at)
        first = blank + 1 if blank >= 0 else first
    if last < len(text):
        blank = text.rfind(" ", at, last)
        last = blank if blank > at else last
    shown = " ".join(text[first:last].split())
    return f"{'…' if first else ''}{shown}{'…' if last < len(text) else ''}"
