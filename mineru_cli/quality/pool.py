"""Scores documents on all cores with bounded memory, results in the order of the pairs."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from itertools import islice

from mineru_cli.isolation.child_process import SPAWNS_SAFELY, safe_path_for_children
from mineru_cli.quality.blocks import Document
from mineru_cli.quality.checks import Problem
from mineru_cli.quality.matching.documents import DocumentPair
from mineru_cli.quality.score import DocumentScore, score_document
from mineru_cli.quality.settings import Scoring
from mineru_cli.quality.sources.source import Source
from mineru_cli.telemetry.machine_limits import usable_cores

_CHUNK = 8
_AHEAD = 3
_WORTH_PROCESSES = 24
"""Fewer documents than this are scored before a second process would have started."""


@dataclass(frozen=True, slots=True)
class Job:
    """Parameters of the worker processes."""

    base: Source
    run: Source
    scoring: Scoring


def score_pairs(
    job: Job, pairs: Sequence[DocumentPair], workers: int | None = None
) -> Iterator[DocumentScore]:
    """Yield the score of each pair in order. ``workers`` None is one process per core, 1 is this process."""
    workers = usable_cores() if workers is None else workers
    done = 0
    if workers > 1 and len(pairs) >= _WORTH_PROCESSES and SPAWNS_SAFELY:
        try:
            for score in _in_processes(job, pairs, workers):
                yield score
                done += 1
        except BrokenProcessPool:
            pass  # A worker was killed: continue in this process, with the same scores, only slower.
    yield from (score_pair(job, pair) for pair in pairs[done:])


def _in_processes(job: Job, pairs: Sequence[DocumentPair], workers: int) -> Iterator[DocumentScore]:
    chunks = iter([pairs[start : start + _CHUNK] for start in range(0, len(pairs), _CHUNK)])
    context = multiprocessing.get_context("spawn")
    with (
        safe_path_for_children(),
        ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(job,)) as pool,
    ):
        running: deque[Future[list[DocumentScore]]] = deque(
            pool.submit(_score_chunk, chunk) for chunk in islice(chunks, _AHEAD * workers)
        )
        while running:
            yield from running.popleft().result()
            running.extend(pool.submit(_score_chunk, chunk) for chunk in islice(chunks, 1))


def score_pair(job: Job, pair: DocumentPair) -> DocumentScore:
    """Read both sides and score them. A side that cannot be read counts as failed."""
    base, base_damage = _read(job.base, pair.base)
    run, damage = _read(job.run, pair.run)
    failed = damage or job.run.failed.get(pair.run or pair.path, "")
    score = score_document(
        pair.path,
        base,
        run,
        state=pair.state,
        run_path=pair.run or "",
        failed=failed,
        scoring=job.scoring,
    )
    if not base_damage:
        return score
    unreadable = Problem("baseline-unreadable", f"in the baseline {base_damage}")
    return replace(score, problems=(unreadable, *score.problems))


def _read(source: Source, path: str | None) -> tuple[Document | None, str]:
    if path is None:
        return None, ""
    try:
        return source.read(path), ""
    except KeyError:
        return None, ""
    except (OSError, ValueError, RecursionError) as error:
        return None, f"its output cannot be read: {error}"


_jobs: list[Job] = []


def _begin(job: Job) -> None:
    _jobs[:] = [job]


def _score_chunk(pairs: Sequence[DocumentPair]) -> list[DocumentScore]:
    return [score_pair(_jobs[0], pair) for pair in pairs]
