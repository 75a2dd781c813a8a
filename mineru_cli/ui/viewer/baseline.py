"""A run against a baseline: the findings of ``compare-baseline`` per page, computed on demand."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mineru_cli.quality.blocks import Document, as_one_page
from mineru_cli.quality.matching.documents import pair_documents
from mineru_cli.quality.matching.page_pair import pair_pages
from mineru_cli.quality.reports.differences import BlockDifference, DrawnBox, page_difference
from mineru_cli.quality.score import score_document
from mineru_cli.quality.sources.opening import open_source
from mineru_cli.quality.sources.source import Source
from mineru_cli.ui.plain_text import visible

SCORES_KEPT = 20_000
RANKING = 2.0
"""Seconds of scoring per answer to the question for all matches."""
LOOKING = 10.0
"""Time limit in seconds of one search for the next difference; the next one continues there."""
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Look:
    """The next difference, or how far the search got; both None: there is none."""

    place: tuple[str, int] | None = None
    reached: str | None = None


@dataclass(frozen=True, slots=True)
class Matches:
    """The match, 0-1, of the documents compared so far, and how many are there to be compared."""

    known: Mapping[str, float]
    comparable: int


class BaselineView:
    """Thread safe. The constructor raises ``NotComparable`` and ``UsageError``."""

    def __init__(self, base: Path, run: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._base, self._run = open_source(base), open_source(run)
        self.location = str(base)
        self._partners = {
            pair.run: pair.base for pair in pair_documents(self._base, self._run) if pair.run is not None
        }
        self._keys = sorted(self._partners)
        self._clock = clock
        self._lock = threading.Lock()
        self._changed: OrderedDict[str, dict[int, float]] = OrderedDict()
        self._matches: dict[str, float] = {}
        self._comparable = [key for key in self._keys if self._partners[key] is not None]

    def knows(self, key: str) -> bool:
        """Whether the baseline has this document."""
        return self._partners.get(key) is not None

    def changed(self, key: str) -> dict[int, float]:
        """Match (0-1) of the pages that differ, by index; empty for a document that is not in both."""
        with self._lock:
            if key in self._changed:
                self._changed.move_to_end(key)
                return self._changed[key]
        base, run = self._sides(key)
        found: dict[int, float] = {}
        match = 1.0
        if base is not None and run is not None and base != run:
            score = score_document(key, base, run)
            match = score.match
            found = {page.index: page.match for page in score.changed_pages}
        with self._lock:
            self._changed[key] = found
            self._matches[key] = match
            if len(self._changed) > SCORES_KEPT:
                self._changed.popitem(last=False)
        return found

    def matches(self) -> Matches:
        """Those of the documents that the baseline has, as far as ``RANKING`` goes. Ask again."""
        until = self._clock() + RANKING
        for key in self._comparable:
            if key not in self._matches:
                self.changed(key)
                if self._clock() > until:
                    break
        with self._lock:
            known = {key: match for key, match in self._matches.items() if self.knows(key)}
        return Matches(known, len(self._comparable))

    def page(self, key: str, index: int) -> dict[str, Any] | None:
        """Differences of a page as plain values; None if the baseline lacks the document."""
        base, run = self._sides(key)
        if base is None:
            return None
        sides = [{page.index: page for page in side.pages} if side else {} for side in (base, run)]
        found = page_difference(pair_pages(index, sides[0].get(index), sides[1].get(index)))
        return {
            "match": self.changed(key).get(index, 1.0),
            "equal": found.equal,
            "blocks": [_block(block) for block in found.blocks],
            "before": [_box(box) for box in found.base_boxes if box.status != "equal"],
            "after": [_box(box) for box in found.run_boxes if box.status != "equal"],
        }

    def next(self, key: str, page: int, *, back: bool = False) -> Look:
        """The next page that differs after a place, or before it, wrapping around."""
        until = self._clock() + LOOKING
        for number, document in enumerate(self._round(key, back=back)):
            pages = sorted(self.changed(document), reverse=back)
            if document == key:
                first = number == 0
                pages = [one for one in pages if ((one < page) if back else (one > page)) == first]
            if pages:
                return Look((document, pages[0]))
            if self._clock() > until:
                return Look(reached=document)
        return Look()

    def _round(self, key: str, *, back: bool) -> Iterator[str]:
        """All documents from ``key`` on, wrapping around to it."""
        if back:
            at = bisect_right(self._keys, key)
            order = self._keys[:at][::-1] + self._keys[at:][::-1]
        else:
            at = bisect_left(self._keys, key)
            order = self._keys[at:] + self._keys[:at]
        yield from order
        yield from order[:1]

    def _sides(self, key: str) -> tuple[Document | None, Document | None]:
        partner = self._partners.get(key)
        base = _read(self._base, partner) if partner is not None else None
        run = _read(self._run, key)
        if base and run and base.paged != run.paged:
            return as_one_page(base), as_one_page(run)
        return base, run


def _read(source: Source, path: str) -> Document | None:
    try:
        return source.read(path) if path in source.paths else None
    except (OSError, ValueError, RecursionError):
        return None


def _block(block: BlockDifference) -> dict[str, Any]:
    return {
        "number": block.number,
        "status": block.status,
        "kind": visible(block.kind, 80),
        "words": [[status, visible(text, _LONGEST)] for status, text in block.words],
        "rows": [
            {
                "status": row.status,
                "skipped": row.skipped,
                "cells": [
                    [cell.status, visible(cell.base, _LONGEST), visible(cell.run, _LONGEST)]
                    for cell in row.cells
                ],
            }
            for row in block.rows
        ],
    }


def _box(box: DrawnBox) -> list[Any]:
    """Block, status, and the place in thousandths of the page."""
    place = (box.left, box.top, box.left + box.width, box.top + box.height)
    return [box.number, box.status, *(round(side * 10, 1) for side in place)]
