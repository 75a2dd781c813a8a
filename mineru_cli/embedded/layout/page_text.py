"""What a page's own words say: where its runs of text are, and what a box of the page reads as."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mineru_cli.embedded.geometry import Box, LineBox
from mineru_cli.embedded.ocr.recogniser import OcrReading
from mineru_cli.embedded.text.layer_words import PageWord, joined, rows, runs, without_initials

COVERED = 0.3
"""Share of a detected run that words of the page cover, from which on it is those words."""

LEAST_STEPS = 2
"""A line of fewer than three words says nothing about its pitch."""

EVEN = 0.05
"""How much the distances between beginnings of words, per character, differ in type of fixed pitch."""


class PageText:
    """The words of a page image, placed in its pixels."""

    def __init__(self, words: Sequence[PageWord]) -> None:
        self._words = tuple(words)

    def fragments(self, detected: Sequence[LineBox]) -> list[LineBox]:
        """The words in runs, and what the detector found where no words are."""
        own = [run.line for run in runs(without_initials(self._words))]
        boxes = [word.box for word in self._words]
        return own + [line for line in detected if not _is_covered(line, boxes)]

    def read(self, box: Box) -> OcrReading | None:
        """The words whose middle lies in the box as one line; None where there are none."""
        inside = [w for w in self._words if box.x0 <= w.box.cx <= box.x1 and box.y0 <= w.box.cy <= box.y1]
        if not inside:
            return None
        ordered = [word for row in rows(inside) for word in row]
        return OcrReading(joined(ordered), 1.0, _offsets(ordered, box))


def _is_covered(line: LineBox, words: Sequence[Box]) -> bool:
    box = line.tight_box
    near = [word for word in words if word.intersection(box) > 0]
    return sum(word.intersection(box) for word in near) > COVERED * box.area or any(
        word.share_in(box) > 0.5 for word in near
    )


def _offsets(words: Sequence[PageWord], box: Box) -> tuple[float, ...]:
    """Middles of the characters and blanks as shares of the box's width, where type is of fixed pitch."""
    steps = [(b.box.x0 - a.box.x0) / (len(a.text) + 1) for a, b in pairwise(words)]
    if len(steps) < LEAST_STEPS or min(steps) <= 0 or max(steps) > (1 + EVEN) * min(steps) or box.width <= 0:
        return ()
    pitch, left = steps[0], words[0].box.x0
    count = len(joined(words))
    return tuple((left + (number + 0.5) * pitch - box.x0) / box.width for number in range(count))
