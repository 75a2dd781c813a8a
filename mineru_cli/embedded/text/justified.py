"""Loose lines of justified text: a narrow column stretches few words over its whole width. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.text.layer_words import WordRun

PITCH = 2.2
"""Maximum distance between the baselines of lines of one paragraph, in ems."""

FLUSH = 0.6
"""Maximum distance between the edges of lines of one column, in ems."""

INDENT = 2.5
"""Maximum indent of a paragraph's first line, in ems."""

SAME = 1.15
"""Maximum ratio of the sizes of type of lines of one paragraph."""

EVEN = 0.3
"""Maximum difference of the white spaces of a justified line, in ems: letters have bearings."""

LOOSE = 9.0
"""Maximum white space between two words of a loose line, in ems."""


def filled(runs: Sequence[WordRun]) -> list[WordRun]:
    """The runs; those of a loose line are one run.

    The runs of a row are one line if a line directly above and one directly below, each a single run, begin
    and end where the row does. One of them is enough where all white spaces of the row are equally wide, as
    justification makes them. In a table the rows above and below have the same gaps.
    """
    while len(joined := _joined(runs)) < len(runs):
        runs = joined
    return list(runs)


def _joined(runs: Sequence[WordRun]) -> list[WordRun]:
    boxes = [_tight(run) for run in runs]
    result: list[WordRun] = []
    number = 0
    while number < len(runs):
        end = number + 1
        while end < len(runs) and _is_row(runs[end - 1], runs[end]):
            end += 1
        last = next((e for e in range(end, number + 1, -1) if _is_line(runs, boxes, number, e)), None)
        if last is not None:
            result.append(WordRun(tuple(word for run in runs[number:last] for word in run.words)))
        else:
            last = number + 1
            result.append(runs[number])
        number = last
    return result


def _tight(run: WordRun) -> Box:
    words = run.words
    return Box(words[0].box.x0, words[0].tight_box.y0, words[-1].box.x1, words[0].tight_box.y1)


def _is_row(a: WordRun, b: WordRun) -> bool:
    """The second run follows the first on its baseline."""
    last, word = a.words[-1], b.words[0]
    level = abs(last.baseline - word.baseline) < 0.2 * word.em
    return level and 0 < word.box.x0 - last.box.x1 < LOOSE * word.em


def _is_line(runs: Sequence[WordRun], boxes: Sequence[Box], first: int, end: int) -> bool:
    """Lines next to the runs from ``first`` to before ``end`` are as wide as they are together."""
    word = runs[first].words[0]
    x0, x1 = boxes[first].x0, boxes[end - 1].x1
    above = below = False
    for run, box in zip(runs, boxes, strict=True):
        near = run.words[0]
        step = near.baseline - word.baseline
        if not 0.5 * word.em < abs(step) < PITCH * word.em or len(run.words) < 2:
            continue
        alike = max(near.em, word.em) < SAME * min(near.em, word.em)
        flush = -FLUSH * word.em < x0 - box.x0 < INDENT * word.em and abs(box.x1 - x1) < FLUSH * word.em
        if alike and flush:
            above, below = above or step < 0, below or step > 0
    return (above and below) or ((above or below) and _is_even(runs[first:end]))


def _is_even(runs: Sequence[WordRun]) -> bool:
    """All white spaces between three words or more are equally wide."""
    words = [word for run in runs for word in run.words]
    gaps = [b.box.x0 - a.box.x1 for a, b in pairwise(words)]
    return len(gaps) > 1 and max(gaps) - min(gaps) < EVEN * words[0].em
