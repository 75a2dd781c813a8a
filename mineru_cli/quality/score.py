"""score-v2: the score of a document, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Literal

from mineru_cli.quality.blocks import Document, Page, as_one_page
from mineru_cli.quality.checks import ComparedEvidence, Problem, document_problems
from mineru_cli.quality.matching.page_pair import PagePair, Side, pair_pages
from mineru_cli.quality.metrics.registry import CONTENT, JUDGED, METRICS
from mineru_cli.quality.metrics.scores import Measure, combined
from mineru_cli.quality.metrics.types import TypeChange, type_changes
from mineru_cli.quality.numbers import NumberChange, compare_numerals, sum_changes
from mineru_cli.quality.settings import Scoring

State = Literal["paired", "renamed", "missing", "extra"]
Scores = Mapping[str, float | None]
Measures = Mapping[str, Measure | None]

_LISTED_NUMBERS = 200
_LISTED_CHANGES = 50
_EXCERPT = 60


@dataclass(frozen=True, slots=True)
class PageScore:
    """A page whose scored content is not equal. ``excerpt`` is where it first differs, in norm-v1."""

    index: int
    match: float
    scores: Scores
    numbers: NumberChange
    excerpt: tuple[str, str]


@dataclass(frozen=True, slots=True)
class DocumentScore:
    """One document of both runs.

    ``scores`` has every metric of the registry, None if absent on both sides. ``changed_pages`` are the pages
    that differ; ``characters`` counts those of both sides in norm-v1. ``run_path`` differs from ``path`` for
    a renamed document.

    ``amounts`` are the characters of text, tables and formulas on the larger side. ``type_changes`` are the
    largest changes of type first; ``retyped`` counts all of them. ``additional`` counts the characters of
    additional text that only the base, and only the run, has.
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
    amounts: Mapping[str, int]
    type_changes: tuple[TypeChange, ...] = ()
    retyped: int = 0
    additional: tuple[int, int] = (0, 0)


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
    """Score one document. A side that is None is empty; ``failed`` is the run's reason for lacking it.

    Symmetric but for ``problems``, which are what the run does worse than the base.
    """
    scoring = scoring or Scoring()
    if base and run and base.paged != run.paged:
        base, run = as_one_page(base), as_one_page(run)
    pairs = [pair_pages(index, left, right, scoring.form) for index, left, right in _pages(base, run)]
    measured = [{name: metric(pair) for name, metric in METRICS.items()} for pair in pairs]
    document = {name: combined(page[name] for page in measured) for name in METRICS}
    matches = [document_match(page, scoring.weights) for page in measured]
    numbers = [compare_numerals(pair.base.numerals, pair.run.numerals) for pair in pairs]
    changes = sorted((c for pair in pairs for c in type_changes(pair)), key=lambda c: -c.characters)
    evidence = ComparedEvidence(base, run, pairs, matches, failed, scoring.limits)
    return DocumentScore(
        path=path,
        run_path=run_path or path,
        state=state,
        match=document_match(document, scoring.weights),
        scores=_scores(document),
        characters=(_characters([p.base for p in pairs]), _characters([p.run for p in pairs])),
        pages=len(pairs),
        changed_pages=tuple(_changed_pages(pairs, measured, matches, numbers)),
        numbers=sum_changes(numbers).shortened(_LISTED_NUMBERS),
        problems=tuple(document_problems(evidence)),
        amounts={name: measure.amount for name in CONTENT if (measure := document[name]) is not None},
        type_changes=tuple(changes[:_LISTED_CHANGES]),
        retyped=len(changes),
        additional=(_additional(pairs, 0), _additional(pairs, 1)),
    )


def document_match(measures: Measures, weights: Mapping[str, float]) -> float:
    """Weighted mean of content, order and types; 1 if both sides are empty.

    The content is text, tables and formulas, each weighted by its amount and its weight per character in
    ``weights``. Content as a whole has weight 1, ``order`` and ``types`` have their own.
    """
    content = [
        (weights[name] * m.amount, m.score) for name in CONTENT if (m := measures.get(name)) is not None
    ]
    parts = [(weights[name], m.score) for name in ("order", "types") if (m := measures.get(name)) is not None]
    amount = fsum(weight for weight, _ in content)
    if amount > 0:
        parts.append((1.0, _weighted(content, amount)))
    total = fsum(weight for weight, _ in parts)
    return _weighted(parts, total) if total > 0 else 1.0


def _weighted(parts: Sequence[tuple[float, float]], total: float) -> float:
    if all(score == 1.0 for weight, score in parts if weight):
        return 1.0
    return fsum(weight * score for weight, score in parts) / total


def _pages(base: Document | None, run: Document | None) -> Iterator[tuple[int, Page | None, Page | None]]:
    left = {page.index: page for page in base.pages} if base else {}
    right = {page.index: page for page in run.pages} if run else {}
    for index in sorted({*left, *right}):
        yield index, left.get(index), right.get(index)


def _characters(sides: Sequence[Side]) -> int:
    return sum(len(side.content) for side in sides)


def _additional(pairs: Sequence[PagePair], side: int) -> int:
    return sum(len(piece.text) for pair in pairs for piece in pair.additional[side])


def _scores(measures: Measures) -> Scores:
    return {name: None if measure is None else measure.score for name, measure in measures.items()}


def _changed_pages(
    pairs: Sequence[PagePair],
    measured: Sequence[Measures],
    matches: Sequence[float],
    numbers: Sequence[NumberChange],
) -> Iterator[PageScore]:
    for pair, page, match, change in zip(pairs, measured, matches, numbers, strict=True):
        scores = _scores(page)
        if any(scores[name] not in (None, 1.0) for name in JUDGED) or change.changed:
            yield PageScore(pair.index, match, scores, change.shortened(_LISTED_NUMBERS), _excerpt(pair))


def _excerpt(pair: PagePair) -> tuple[str, str]:
    """Both sides around their first difference."""
    base, run = pair.base.content, pair.run.content
    at = next(
        (i for i, (a, b) in enumerate(zip(base, run, strict=False)) if a != b), min(len(base), len(run))
    )
    return _around(base, at), _around(run, at)


def _around(text: str, at: int) -> str:
    """Some words around a position, on one line, with "…" where it was cut."""
    first, last = max(0, at - _EXCERPT // 3), at + _EXCERPT
    if first:
        blank = text.find(" ", first, at)
        first = blank + 1 if blank >= 0 else first
    if last < len(text):
        blank = text.rfind(" ", at, last)
        last = blank if blank > at else last
    shown = " ".join(text[first:last].split())
    return f"{'…' if first else ''}{shown}{'…' if last < len(text) else ''}"
