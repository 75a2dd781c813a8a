"""The changes of one document as sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mineru_cli.quality.matching.align import match
from mineru_cli.quality.metrics.registry import JUDGED
from mineru_cli.quality.numbers import NumberChange, counted
from mineru_cli.quality.score import DocumentScore

_NUMBERS = 6
_PAGES = 3
_TYPES = 3
_PAIRED_NUMBERS = 40
"""Limit of numerals that are matched to find which became which."""


def what_changed(document: DocumentScore) -> Iterator[str]:
    """Sentences about one document, most severe first."""
    for problem in document.problems:
        page = "" if problem.page is None else f"page {problem.page + 1}: "
        yield f"{page}{problem.message}"
    if document.state == "extra":
        yield "only the run has it"
    elif document.characters[1] and not document.characters[0]:
        yield "the baseline has nothing of it"
    if not all(document.characters):
        return
    lost = [f"{name} {score:.3f}" for name in JUDGED if (score := document.scores[name]) not in (None, 1.0)]
    if lost:
        yield ", ".join(lost)
    if document.state == "renamed":
        yield f"now {document.run_path}"
    yield from _types(document)
    if document.additional[1]:
        yield f"{document.additional[1]} characters of additional text, which the baseline does not have"
    if document.numbers.changed:
        yield f"{document.numbers.changed} of {document.numbers.total} numerals: {_numbers(document.numbers)}"
    yield from _pages(document)


def _types(document: DocumentScore) -> Iterator[str]:
    """Changes of type, largest first."""
    shown = document.type_changes[:_TYPES]
    for change in shown:
        yield f"page {change.page + 1}: {change} (“{change.excerpt}”)"
    if document.retyped > len(shown):
        yield f"and {counted(document.retyped - len(shown), 'more change')} of type"


def _pages(document: DocumentScore) -> Iterator[str]:
    """The worst pages with their first difference; pages with a problem were reported before."""
    named = {problem.page for problem in document.problems}
    pages = [page for page in document.changed_pages if page.index not in named]
    for page in sorted(pages, key=lambda page: page.match)[:_PAGES]:
        before, after = page.excerpt
        differ = f": “{before}” → “{after}”" if before != after else ""
        yield f"page {page.index + 1}{differ}"
    if len(pages) > _PAGES:
        yield f"and {counted(len(pages) - _PAGES, 'more page')}"


def _numbers(change: NumberChange) -> str:
    """Which numeral became which, paired by closeness, and which are gone or new."""
    vanished, appeared = list(change.vanished), list(change.appeared)
    pairs = match(vanished[:_PAIRED_NUMBERS], appeared[:_PAIRED_NUMBERS])
    changed = Counter(f"{vanished[pair.base]} → {appeared[pair.run]}" for pair in pairs)
    for which, numerals, gone in (
        ("vanished", vanished, {pair.base for pair in pairs}),
        ("appeared", appeared, {pair.run for pair in pairs}),
    ):
        changed.update(f"{numeral} {which}" for i, numeral in enumerate(numerals) if i not in gone)
    shown = [text if count == 1 else f"{text} ×{count}" for text, count in list(changed.items())[:_NUMBERS]]
    return ", ".join(shown) + (", …" if len(changed) > _NUMBERS else "")
