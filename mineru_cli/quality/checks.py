"""Hard checks: regressions that a mean would hide. Each finds what the run does worse than the base.

A new check is a function and a line in ``CHECKS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mineru_cli.quality.blocks import Document, Kind
from mineru_cli.quality.matching.link import Piece
from mineru_cli.quality.matching.lost import Remains
from mineru_cli.quality.matching.page_pair import PagePair, Side
from mineru_cli.quality.numbers import counted
from mineru_cli.quality.settings import CheckLimits

_LONGEST_PHRASE = 200
_VANISHED = 0.3
"""A table or formula counts as lost when the run has less than this share of it."""

_TINY_FORMULA = 8
"""In shorter ones a single character is a large share: only those without a counterpart count as lost."""

_EXCERPT = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """``code`` is the check's stable name; ``page`` counts from 0, None for the whole document."""

    code: str
    message: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class ComparedEvidence:
    """Input of the checks: two versions of a document, its pages, and the match of each.

    ``failed`` is the run's reason for failing on it, if it did.
    """

    base: Document | None
    run: Document | None
    pairs: Sequence[PagePair]
    matches: Sequence[float]
    failed: str
    limits: CheckLimits


Check = Callable[[ComparedEvidence], Iterator[Problem]]


def document_problems(evidence: ComparedEvidence) -> Iterator[Problem]:
    """All problems of one document."""
    for check in CHECKS:
        yield from check(evidence)


def _missing(evidence: ComparedEvidence) -> Iterator[Problem]:
    if evidence.base is None or evidence.run is not None:
        return
    if evidence.failed:
        yield Problem("document-failed", f"the run failed on it: {evidence.failed}")
    else:
        yield Problem("document-missing", "the run does not have it")


def _emptied(evidence: ComparedEvidence) -> Iterator[Problem]:
    if evidence.run is None:
        return
    had = any(pair.base.content for pair in evidence.pairs)
    if had and not any(pair.run.content for pair in evidence.pairs):
        yield Problem("document-empty", "it has content in the baseline and none in the run")


def _pages(evidence: ComparedEvidence) -> Iterator[Problem]:
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


def _length(evidence: ComparedEvidence) -> Iterator[Problem]:
    base = sum(len(pair.base.content) for pair in evidence.pairs)
    run = sum(len(pair.run.content) for pair in evidence.pairs)
    if not base or not run or max(base, run) <= evidence.limits.length_from:
        return
    if min(base, run) / max(base, run) < evidence.limits.length_ratio:
        text = f"{run} characters against {base} in the baseline: {run / base:.2f} times"
        yield Problem("length-ratio", text)


def _repeated(evidence: ComparedEvidence) -> Iterator[Problem]:
    for pair in evidence.pairs:
        if pair.equal:
            continue
        phrase = _looping_phrase(pair.run, evidence.limits.repeats)
        if phrase and not _looping_phrase(pair.base, evidence.limits.repeats):
            yield Problem("repeated-tail", f"ends in {phrase!r} again and again", pair.index)


def _looping_phrase(side: Side, repeats: int) -> str:
    """The phrase repeated at the end of the page or of one of its blocks; empty if there is none."""
    texts = [piece.text for piece in side.pieces]
    if len(texts) > repeats:
        texts.append(side.content)
    return next((phrase for text in texts if (phrase := looping_tail(text, repeats))), "")


def looping_tail(text: str, repeats: int) -> str:
    """The shortest phrase with a letter or digit that ``text`` ends with more than ``repeats`` times."""
    text = " " + text
    for size in range(1, min(_LONGEST_PHRASE, len(text) // (repeats + 1)) + 1):
        if text[-1] != text[-1 - size]:
            continue
        phrase = text[-size:]
        if text.endswith(phrase * (repeats + 1)) and any(c.isalnum() for c in phrase):
            return phrase.strip()
    return ""


def _lost_content(evidence: ComparedEvidence) -> Iterator[Problem]:
    """Tables and formulas that vanished, long blocks that are garbled, pages below the floor."""
    limits, remains = evidence.limits, Remains(evidence.pairs)
    for at, pair in enumerate(evidence.pairs):
        if pair.equal or not pair.base.content or not pair.run.content:
            continue  # empty pages are reported by other checks
        vanished = _vanished(remains, at, pair)
        for kind in (Kind.TABLE, Kind.FORMULA):
            lost = [piece for piece in vanished if piece.kind is kind]
            if lost:
                count = _count(lost, len(pair.base.of(kind)), kind.value)
                yield Problem(f"{kind.value}-missing", f"{count} vanished: {_quoted(lost[0])}", pair.index)
        long = [p for p in pair.base.pieces if len(p.text) >= limits.block_from and p not in vanished]
        garbled = [piece for piece in long if remains.share(at, piece) < limits.block_floor]
        if garbled:
            count = _count(garbled, len(long), "long block")
            text = f"less than {limits.block_floor:.0%} of {count} is left: {_quoted(garbled[0])}"
            yield Problem("block-floor", text, pair.index)
        if _below_floor(evidence, at, remains):
            text = f"{evidence.matches[at]:.2f} match on this page, at least {limits.page_floor:.2f}"
            yield Problem("page-floor", text, pair.index)


def _vanished(remains: Remains, at: int, pair: PagePair) -> list[Piece]:
    vanished = []
    for piece in pair.base.pieces:
        if piece.kind is Kind.TEXT or not piece.text:
            continue
        tiny = piece.kind is Kind.FORMULA and len(piece.text) < _TINY_FORMULA
        if (not tiny or piece in pair.loose[0]) and remains.share(at, piece) < _VANISHED:
            vanished.append(piece)
    return vanished


def _below_floor(evidence: ComparedEvidence, at: int, remains: Remains) -> bool:
    """Whether a page lost or gained content that its neighbouring pages do not account for."""
    pair, limits = evidence.pairs[at], evidence.limits
    if max(len(pair.base.content), len(pair.run.content)) < limits.page_from:
        return False
    if evidence.matches[at] >= limits.page_floor:
        return False
    invented = Remains(evidence.pairs, side=1)
    return any(
        sum(len(piece.text) * found.share(at, piece) for piece in side.pieces)
        < limits.page_floor * len(side.content)
        for found, side in ((remains, pair.base), (invented, pair.run))
    )


def _additional(evidence: ComparedEvidence) -> Iterator[Problem]:
    """Additional text of the base that the run dropped."""
    if evidence.run is None:
        return
    for pair in evidence.pairs:
        if lost := pair.additional[0]:
            text = f"{counted(len(lost), 'piece')} of additional text lost: {_quoted(lost[0])}"
            yield Problem("additional-missing", text, pair.index)


def _count(some: Sequence[Piece], all_of_them: int, name: str) -> str:
    if all_of_them == 1:
        return f"the {name}"
    return f"{len(some)} of {all_of_them} {name}s"


def _quoted(piece: Piece) -> str:
    text = piece.text if len(piece.text) <= _EXCERPT else piece.text[:_EXCERPT] + "…"
    return f"“{text}”"


CHECKS: tuple[Check, ...] = (_missing, _emptied, _pages, _length, _repeated, _lost_content, _additional)
