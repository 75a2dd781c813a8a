"""The text layer of a page: its text runs, and the text in a box."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from mineru_cli.embedded.geometry import Box, LineBox
from mineru_cli.embedded.ocr.recogniser import OcrReading
from mineru_cli.embedded.text.justified import filled
from mineru_cli.embedded.text.layer_words import (
    PageWord,
    WordRun,
    is_right_to_left,
    joined,
    rows,
    runs,
    stretch_of,
    without_initials,
)

COVERED = 0.3
"""Share of a detected run that words of the text layer cover, above which the words replace it."""


AFTER_STOP = 1.6
"""Factor by which a loose line's space may be wider behind a full stop or a comma."""

BRIDGE = 1.7
"""Maximum gap in ems between two runs that the detector may join."""


class PageText:
    """The words of the text layer, in the pixels of the page image."""

    def __init__(self, words: Sequence[PageWord]) -> None:
        self._words = tuple(words)
        self._downwards = sorted(words, key=lambda word: word.box.cy)
        self._centres = [word.box.cy for word in self._downwards]
        self._reach = max((word.box.height for word in words), default=0.0) / 2

    @property
    def has_words(self) -> bool:
        """The text layer has words."""
        return bool(self._words)

    @property
    def right_to_left(self) -> bool:
        """Most of the words are of a script that is written from right to left."""
        return sum(is_right_to_left(word.text) for word in self._words) > 0.5 * len(self._words)

    @property
    def stretch(self) -> float:
        """The aspect ratio of the picture's pixels, width by height; 1 for few words."""
        return stretch_of(self._words)

    def fragments(self, detected: Sequence[LineBox]) -> list[LineBox]:
        """The words in runs, and the detector's runs where there are no words."""
        stretch = self.stretch
        found = runs(without_initials(self._words), stretch=stretch)
        own = [run.line for run in filled(_bridged(found, detected, BRIDGE * stretch))]
        return own + [line for line in detected if not self._covers(line.tight_box)]

    def read(self, box: Box) -> OcrReading | None:
        """The words whose middle lies in the box, as one line; None without words."""
        inside = [word for word in self._between(box.y0, box.y1) if box.x0 <= word.box.cx <= box.x1]
        if not inside:
            return None
        ordered = [word for row in rows(inside) for word in row]
        mathematical = sum(len(word.text) for word in ordered if word.mathematical)
        whole = sum(len(word.text) for word in ordered)
        return OcrReading(joined(ordered), 1.0, mathematical=mathematical / max(1, whole))

    def _between(self, top: float, bottom: float) -> list[PageWord]:
        """The words whose middle lies between these heights, in the order of the text layer."""
        first, end = bisect_left(self._centres, top), bisect_right(self._centres, bottom)
        return sorted(self._downwards[first:end], key=lambda word: word.number)

    def _covers(self, box: Box) -> bool:
        """There are words in most of the box, or one with most of itself in it."""
        near = [word.box for word in self._between(box.y0 - self._reach, box.y1 + self._reach)]
        covered = sum(word.intersection(box) for word in near)
        return covered > COVERED * box.area or any(word.share_in(box) > 0.5 for word in near)


def _bridged(found: Sequence[WordRun], detected: Sequence[LineBox], reach: float) -> list[WordRun]:
    """The runs, joined where the detector found one: letter-spaced type, spaces in programs.

    ``reach`` is the widest gap that is joined, in ems. Numbers next to numbers are columns and stay apart.
    """
    joined_runs: list[WordRun] = []
    for run in found:
        last = joined_runs[-1] if joined_runs else None
        if last is not None and _is_bridge(last.words[-1], run.words[0], detected, reach):
            joined_runs[-1] = WordRun((*last.words, *run.words))
        else:
            joined_runs.append(run)
    return joined_runs


def _is_bridge(last: PageWord, word: PageWord, detected: Sequence[LineBox], reach: float) -> bool:
    gap = Box(last.box.x1, word.baseline - 0.5 * word.em, word.box.x0, word.baseline)
    wide = AFTER_STOP if last.text[-1:] in ".,:;" else 1.0
    if abs(last.baseline - word.baseline) > 0.2 * word.em or not 0 < gap.width < wide * reach * word.em:
        return False
    if any(c.isdigit() for c in last.text) and any(c.isdigit() for c in word.text):
        return False
    whole = gap.grown(word.em, 0)
    return any(whole.share_in(line.tight_box) > 0.7 for line in detected)
