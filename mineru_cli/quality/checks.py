"""Hard checks: what no mean may hide. Each finds what the run does worse than the base.

A new check is a function and a line in ``CHECKS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mineru_cli.quality.blocks import Document
from mineru_cli.quality.matching.page_pair import PagePair, Side

_LONGEST_PHRASE = 200


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """Where the checks draw their lines.

    ``length_ratio`` is the least ratio of the shorter side to the longer one (0.8: from 0.8 to 1.25 times),
    asked above ``length_from`` characters. ``repeats`` is how often a phrase may stand at an end.
    """

    length_ratio: float = 0.8
    length_from: int = 500
    repeats: int = 30


@dataclass(frozen=True, slots=True)
class Problem:
    """``code`` is the check's stable name; ``page`` counts from 0, None for the whole document."""

    code: str
    message: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the checks look at."""

    base: Document | None
    run: Document | None
    pairs: Sequence[PagePair]
    failed: str
    limits: CheckLimits


Check = Callable[[Evidence], Iterator[Problem]]


def document_problems(
    base: Document | None, run: Document | None, pairs: Sequence[PagePair], failed: str, limits: CheckLimits
) -> Iterator[Problem]:
    """Every problem of one document. ``failed`` says why the run lacks it, if it does because it failed."""
    evidence = Evidence(base, run, pairs, failed, limits)
    for check in CHECKS:
        yield from check(evidence)


def _missing(evidence: Evidence) -> Iterator[Problem]:
    if evidence.base is None or evidence.run is not None:
        return
    if evidence.failed:
        yield Problem("document-failed", f"the run failed on it: {evidence.failed}")
    else:
        yield Problem("document-missing", "the run does not have it")


def _emptied(evidence: Evidence) -> Iterator[Problem]:
    if evidence.run is None:
        return
    had = any(pair.base.content for pair in evidence.pairs)
    if had and not any(pair.run.content for pair in evidence.pairs):
        yield Problem("document-empty", "it has content in the baseline and none in the run")


def _pages(evidence: Evidence) -> Iterator[Problem]:
    base, run = evidence.base, evidence.run
    if base is None or run is None:
        return
    if base.page_count is not None and run.page_count is not None and base.page_count != run.page_count:
        yield Problem("page-count", f"{base.page_count} pages in the baseline, {run.page_count} in the run")
    for index in sorted({*run.failed_pages} - {*base.failed_pages}):
        yield Problem("page-failed", "the run failed on this page", index)
    if not any(pair.run.content for pair in evidence.pairs):
        return
    present = {page.index for page in run.pages}
    for pair in evidence.pairs:
        if pair.base.content and not pair.run.content and pair.index not in run.failed_pages:
            code = "page-empty" if pair.index in present else "page-missing"
            yield Problem(code, "the page has content in the baseline and none in the run", pair.index)


def _length(evidence: Evidence) -> Iterator[Problem]:
    base = sum(len(pair.base.content) for pair in evidence.pairs)
    run = sum(len(pair.run.content) for pair in evidence.pairs)
    if not base or not run or max(base, run) <= evidence.limits.length_from:
        return
    if min(base, run) / max(base, run) < evidence.limits.length_ratio:
        told = f"{run} characters against {base} in the baseline: {run / base:.2f} times"
        yield Problem("length-ratio", told)


def _repeated(evidence: Evidence) -> Iterator[Problem]:
    for pair in evidence.pairs:
        if pair.base is pair.run:
            continue
        phrase = _looping_phrase(pair.run, evidence.limits.repeats)
        if phrase and not _looping_phrase(pair.base, evidence.limits.repeats):
            yield Problem("repeated-tail", f"ends in {phrase!r} again and again", pair.index)


def _looping_phrase(side: Side, repeats: int) -> str:
    """The phrase that the page, or one of its blocks, repeats at its end; empty if none does."""
    pieces = (*side.texts, *side.tables, *side.formulas)
    texts = [piece.text for piece in pieces]
    if len(texts) > repeats:
        texts.append(side.content)
    return next((phrase for text in texts if (phrase := looping_tail(text, repeats))), "")


def looping_tail(text: str, repeats: int) -> str:
    """The shortest phrase with a letter or digit that ``text`` has more than so many times at its end."""
    text = " " + text
    for size in range(1, min(_LONGEST_PHRASE, len(text) // (repeats + 1)) + 1):
        if text[-1] != text[-1 - size]:
            continue
        phrase = text[-size:]
        if text.endswith(phrase * (repeats + 1)) and any(c.isalnum() for c in phrase):
            return phrase.strip()
    return ""


CHECKS: tuple[Check, ...] = (_missing, _emptied, _pages, _length, _repeated)
