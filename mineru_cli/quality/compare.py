"""Entry point: compare two outputs and judge the difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from math import fsum
from pathlib import Path
from random import Random

from mineru_cli.quality.allowlist import EMPTY, AllowList, read_allow_list
from mineru_cli.quality.gate import judge
from mineru_cli.quality.matching.documents import DocumentPair, pair_documents
from mineru_cli.quality.metrics.registry import COMPONENTS, JUDGED, METRICS, SCORES
from mineru_cli.quality.pool import Job, score_pairs
from mineru_cli.quality.results import Comparison, Drift, Judgement, Party, TruthDifference
from mineru_cli.quality.score import DocumentScore
from mineru_cli.quality.settings import CompareSettings
from mineru_cli.quality.sources.opening import open_source
from mineru_cli.quality.sources.recorded import RecordedBaseline
from mineru_cli.quality.sources.source import Source
from mineru_cli.stats.bootstrap import bootstrap
from mineru_cli.stats.descriptive import mean_of_known

OnScore = Callable[[int, int, DocumentScore], None]
"""Callback after each document: number done, total, score."""

_ONE_SIDED_95 = 0.90
"""The lower end of a two-sided interval of this level is the one-sided 95 % bound."""


def compare(
    base: Path,
    run: Path,
    settings: CompareSettings | None = None,
    *,
    today: date,
    on_score: OnScore | None = None,
) -> Judgement:
    """Compare the output at ``run`` with that at ``base`` and apply the gate.

    ``today`` decides which entries of the allow-list have expired. Raises ``NotComparable`` (different
    inputs, pages, versions) and ``UsageError`` (a path without documents, a list that cannot be read). With
    more than a few documents it starts processes by spawn: a script that calls it needs ``if __name__ ==
    "__main__"``.
    """
    settings = settings or CompareSettings()
    allow = read_allow_list(settings.allow, today) if settings.allow else EMPTY
    left, right = open_source(base), open_source(run)
    pairs, ignored = _chosen(pair_documents(left, right), settings)
    documents = _score(Job(left, right, settings.scoring), pairs, settings, on_score)
    comparison = _summary(left, right, documents, settings, allow, ignored)
    return judge(comparison, settings.gate)


def _chosen(
    pairs: Sequence[DocumentPair], settings: CompareSettings
) -> tuple[Sequence[DocumentPair], tuple[str, ...]]:
    if not settings.ignore_extra:
        return pairs, ()
    only_run = tuple(pair.path for pair in pairs if pair.base is None and pair.run is not None)
    left_out = set(only_run)
    return [pair for pair in pairs if pair.path not in left_out], only_run


def _score(
    job: Job, pairs: Sequence[DocumentPair], settings: CompareSettings, on_score: OnScore | None = None
) -> tuple[DocumentScore, ...]:
    scores = []
    for score in score_pairs(job, pairs, settings.workers):
        scores.append(score)
        if on_score is not None:
            on_score(len(scores), len(pairs), score)
    return tuple(scores)


def _summary(
    base: Source,
    run: Source,
    documents: Sequence[DocumentScore],
    settings: CompareSettings,
    allow: AllowList,
    ignored: tuple[str, ...],
) -> Comparison:
    judged = [document.match for document in documents if document.path not in allow.current]
    means = {name: mean_of_known([document.scores[name] for document in documents]) for name in METRICS}
    return Comparison(
        base=_party(base),
        run=_party(run),
        documents=documents,
        run_match=_run_match(documents),
        run_match_weighted=_weighted(documents),
        interval=bootstrap(judged, Random(settings.seed), resamples=settings.resamples),
        components={name: means[name] for name in COMPONENTS},
        weights=settings.scoring.weights,
        form=settings.scoring.form,
        types=means["types"],
        informational={name: score for name, score in means.items() if name not in JUDGED},
        noise=base.noise if isinstance(base, RecordedBaseline) else {},
        recorded_scores=base.scores if isinstance(base, RecordedBaseline) else SCORES,
        allowed=allow.current,
        expired=allow.expired,
        ignored=ignored,
        truth=_truth(base, run, settings),
        drift=_drift(base, run, documents, settings),
    )


def _truth(base: Source, run: Source, settings: CompareSettings) -> TruthDifference | None:
    """Both runs against the truth as paired differences: engines differ less than documents do."""
    if settings.truth is None:
        return None
    truth = open_source(settings.truth)
    before, after = (_against(truth, side, settings) for side in (base, run))
    both = [(before[path], after[path]) for path in sorted(before.keys() & after.keys())]
    match = [new.match - old.match for old, new in both]
    tables = [
        _or_equal(new.scores["table"]) - _or_equal(old.scores["table"])
        for old, new in both
        if old.scores["table"] is not None or new.scores["table"] is not None
    ]
    low, table_low = (
        bootstrap(lost, Random(settings.seed), level=_ONE_SIDED_95, resamples=settings.resamples)
        for lost in (match, tables)
    )
    return TruthDifference(
        matches={old.run_path: (old.match, new.match) for old, new in both},
        base_match=_run_match([old for old, _ in both]),
        run_match=_run_match([new for _, new in both]),
        match=mean_of_known(match) or 0.0,
        match_low=low.low if low else 0.0,
        table=mean_of_known(tables),
        table_low=table_low.low if table_low else None,
    )


def _against(truth: Source, side: Source, settings: CompareSettings) -> dict[str, DocumentScore]:
    """Scores of the truth's documents; documents that only the other side has are ignored."""
    pairs = [pair for pair in pair_documents(truth, side) if pair.base is not None]
    return {score.path: score for score in _score(Job(truth, side, settings.scoring), pairs, settings)}


def _or_equal(score: float | None) -> float:
    """None means no table in either: equal."""
    return 1.0 if score is None else score


def _drift(
    base: Source, run: Source, documents: Sequence[DocumentScore], settings: CompareSettings
) -> Drift | None:
    if settings.anchor is not None:
        anchor = open_source(settings.anchor)
        pairs, _ = _chosen(pair_documents(anchor, run), settings)
        scores = _score(Job(anchor, run, settings.scoring), pairs, settings)
        mean = _run_match(scores)
        return Drift(str(settings.anchor), mean, len(scores), 0)
    first = base.anchor() if isinstance(base, RecordedBaseline) else None
    if first is None:
        return None
    approved = [
        DocumentPair(document.path, document.path, document.run_path, document.state)
        for document in documents
        if document.path in first.entries and document.state in ("paired", "renamed")
    ]
    now = {score.path: score.match for score in _score(Job(first, run, settings.scoring), approved, settings)}
    since = [now.get(document.path, document.match) for document in documents]
    return Drift(str(base.location), fsum(since) / len(since), len(documents), len(now))


def _party(source: Source) -> Party:
    count = len(source.paths) + len(source.failed)
    return Party(str(source.location), source.kind, count, source.facts.model)


def _run_match(documents: Sequence[DocumentScore]) -> float:
    mean = mean_of_known([document.match for document in documents])
    return 1.0 if mean is None else mean


def _weighted(documents: Sequence[DocumentScore]) -> float:
    """Mean match weighted by length in norm-v1 of the longer side; a document without text weighs 1."""
    if all(document.match == 1.0 for document in documents):
        return 1.0
    weights = [max(1, *document.characters) for document in documents]
    return fsum(d.match * weight for d, weight in zip(documents, weights, strict=True)) / sum(weights)
