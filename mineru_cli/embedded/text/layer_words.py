"""Words of the text layer as text runs, like those that the detector finds in a picture. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from statistics import median

from mineru_cli.embedded.geometry import Box, LineBox, hull
from mineru_cli.pages.page import Word

CAPITAL = 0.7
"""Height of capitals, figures and ascenders in ems."""

FONT_LINE = 1.15
"""Usual height of a font's line in ems."""

LEAST_RATIO, LARGEST_RATIO = 0.5, 1.5
"""Valid range of an em in heights of the font's line: some fonts have wrong metrics."""

ASCENT, TIGHT = 0.83, 0.98
"""From the baseline to the top of the tight box, and the box's height, in ems: as the detector's boxes."""

SPACE = 0.8
"""White space that ends a run, in ems."""

WIDEST_SPACE = 1.7
"""The same in a justified line, where all spaces are wide."""

FIGURES = 0.95
"""The same between two figures, which are cells of a table rather than words of a line."""

LOOSER = 1.6
"""Factor by which white space that ends a run exceeds the usual space of a justified line."""

DROP = 1.9
"""Size of a drop cap relative to the text, from which it spans several lines."""

LETTER = 0.48
"""Mean width of a letter in ems, without the space next to it."""

MOST_STRETCH = 2.0
"""Maximum stretch. Pages are drawn into a square, and few are more than twice as high as wide."""

LEAST_SPACES = 4
"""Minimum number of spaces in a line for a usual width of its spaces."""

TALL = 2.0
"""Height of a word of more than two characters relative to its width, from which it is vertical."""

REACH = 0.3
"""Margin of a run on both sides of its letters, in ems."""

_TALL = frozenset("bdfhklt0123456789")


@dataclass(frozen=True, slots=True)
class PageWord:
    """A word with its box (around its letters), baseline and font size (the em), in pixels.

    ``number`` is its index among the page's words, ``mathematical`` is set for fonts of formulas.
    """

    text: str
    box: Box
    baseline: float
    em: float
    number: int = 0
    mathematical: bool = False

    @property
    def tight_box(self) -> Box:
        """The box from ascenders to descenders, whether or not the word has such letters."""
        top = self.baseline - ASCENT * self.em
        return Box(self.box.x0, top, self.box.x1, top + TIGHT * self.em)


def page_words(words: Sequence[Word], width: float, height: float) -> list[PageWord]:
    """The words in a picture of this size, without empty boxes."""
    ratios: dict[float, list[float]] = {}
    for word in words:
        if any(c in _TALL or c.isupper() for c in word.text) and word.height > 0:
            ratio = (word.baseline - word.bbox[1]) / CAPITAL / word.height
            if LEAST_RATIO < ratio < LARGEST_RATIO:
                ratios.setdefault(round(word.height, 3), []).append(ratio)
    usual = {size: median(found) for size, found in ratios.items()}
    placed = [
        PageWord(
            word.text,
            Box(*word.bbox).scaled(width, height),
            word.baseline * height,
            word.height * height * usual.get(round(word.height, 3), 1 / FONT_LINE),
            number,
            word.mathematical,
        )
        for number, word in enumerate(words)
    ]
    return [word for word in placed if word.em > 1 and word.box.width > 0]


def without_initials(words: Sequence[PageWord]) -> list[PageWord]:
    """The words without drop caps, which their paragraph surrounds."""
    return [
        word
        for word in words
        if len(word.text) > 2
        or not word.text[:1].isupper()
        or sum(_stands_beside(word, other) for other in words) < 2
    ]


def _stands_beside(initial: PageWord, word: PageWord) -> bool:
    """The word begins a line to the right of the drop cap, within its height and in much smaller type."""
    gap = word.box.x0 - initial.box.x1
    return (
        initial.em > DROP * word.em
        and -0.2 * word.em < gap < 2.2 * word.em
        and initial.box.y0 - 0.5 * word.em < word.baseline < initial.baseline + 0.5 * word.em
    )


@dataclass(frozen=True, slots=True)
class WordRun:
    """Words of one line without wide white space between them, from left to right."""

    words: tuple[PageWord, ...]

    @property
    def text(self) -> str:
        """The words separated by spaces, in reading order."""
        return joined(self.words)

    @property
    def line(self) -> LineBox:
        """The run in the form of a detected line."""
        em = median(word.em for word in self.words)
        baseline = median(word.baseline for word in self.words)
        around = hull(word.box for word in self.words)
        wide = around.width + 2 * REACH * em
        tight = TIGHT * em
        cy = baseline - ASCENT * em + tight / 2
        return LineBox(around.cx, cy, wide, tight / 0.7, tight=tight)


def joined(words: Sequence[PageWord]) -> str:
    """Words of one line as text. If some are right-to-left, they keep the text layer's order."""
    if any(is_right_to_left(word.text) for word in words):
        words = sorted(words, key=lambda word: word.number)
    return " ".join(word.text for word in words)


def is_right_to_left(text: str) -> bool:
    """The text has letters of Hebrew, Arabic, or a related script."""
    return any("\u0590" <= char <= "\u08ff" or "\ufb1d" <= char <= "\ufefc" for char in text)


def runs(
    words: Sequence[PageWord],
    space: float = SPACE,
    *,
    justified: bool = True,
    stretch: float = 1.0,
    gutters: Sequence[Box] = (),
) -> list[WordRun]:
    """The words in runs, split at white space wider than ``space`` ems.

    With ``justified``, a line whose spaces are all wide is split where one exceeds the others. ``stretch`` is
    the aspect ratio of the picture's pixels, width by height. No run crosses one of the ``gutters``.
    """
    found: list[list[PageWord]] = []
    for row in (part for line in rows(words) for part in _parted(line, gutters)):
        for part in _cut(row, WIDEST_SPACE * stretch) if justified else [row]:
            widest = max(space, _usual_space(part, stretch)) if justified else space
            found += _cut(part, widest * stretch, FIGURES * stretch)
    return [WordRun(tuple(run)) for run in found]


def _parted(row: Sequence[PageWord], gutters: Sequence[Box]) -> list[list[PageWord]]:
    """The row, cut at the gutters."""
    parts = [[row[0]]]
    for last, word in pairwise(row):
        if any(g.y0 < word.baseline < g.y1 and last.box.x1 <= g.cx <= word.box.x0 for g in gutters):
            parts.append([word])
        else:
            parts[-1].append(word)
    return parts


def run_downwards(words: Sequence[PageWord]) -> bool:
    """The text is vertical: most words are tall, or directly below the previous one."""
    tall = [word for word in words if word.box.height > TALL * word.box.width and len(word.text) > 2]
    if sum(len(word.text) for word in tall) > 0.5 * sum(len(word.text) for word in words):
        return True
    steps = [(b.box.cx - a.box.cx, b.box.cy - a.box.cy, max(a.em, b.em)) for a, b in pairwise(words)]
    down = sum(abs(x) < 0.5 * em and 0 < y < 2 * em for x, y, em in steps)
    return len(words) > 2 and down > 0.6 * len(steps)


def stretch_of(words: Sequence[PageWord]) -> float:
    """The aspect ratio of the picture's pixels, from the letters: on average they are half an em wide."""
    widths = [w.box.width / len(w.text) / w.em for w in words if len(w.text) > 3 and w.text.isascii()]
    return min(MOST_STRETCH, max(1 / MOST_STRETCH, median(widths) / LETTER)) if len(widths) > 9 else 1.0


def _are_figures(last: PageWord, word: PageWord) -> bool:
    return last.text[-1:].isdigit() and word.text[:1].isdigit()


def _cut(row: Sequence[PageWord], space: float, figures: float = inf) -> list[list[PageWord]]:
    """The row cut where the white is wider than ``space`` ems; ``figures`` ems are enough between figures."""
    parts = [[row[0]]]
    for last, word in pairwise(row):
        if _continues(last, word, min(space, figures) if _are_figures(last, word) else space):
            parts[-1].append(word)
        else:
            parts.append([word])
    return parts


def _usual_space(row: Sequence[PageWord], stretch: float) -> float:
    """White space that ends a run in a justified line, in ems; 0 for other lines."""
    gaps = [(b.box.x0 - a.box.x1) / max(a.em, b.em) / stretch for a, b in pairwise(row)]
    if len(gaps) < LEAST_SPACES:
        return 0.0
    return min(WIDEST_SPACE, LOOSER * median(gaps))


def _continues(last: PageWord, word: PageWord, space: float) -> bool:
    low, high = sorted((last.em, word.em))
    gap = word.box.x0 - last.box.x1
    return high < 2.2 * low and -0.5 * high < gap < space * low


def rows(words: Sequence[PageWord]) -> list[list[PageWord]]:
    """Rows of words on one baseline, from left to right; subscripts and superscripts belong to their line."""
    lines: list[list[PageWord]] = []
    open_lines: list[list[PageWord]] = []
    for word in sorted(words, key=lambda w: w.baseline):
        open_lines = [line for line in open_lines if word.baseline - line[0].baseline < 2.0 * line[0].em]
        fitting = [line for line in open_lines if _same_row(line, word)]
        if fitting:
            min(fitting, key=lambda line: abs(line[-1].baseline - word.baseline)).append(word)
        else:
            lines.append([word])
            open_lines.append(lines[-1])
    return [sorted(line, key=lambda w: w.box.x0) for line in lines]


def _same_row(line: Sequence[PageWord], word: PageWord) -> bool:
    """Its baseline agrees with that of the nearest word, within a tolerance that the larger em defines."""
    near = min(line, key=lambda w: max(word.box.x0 - w.box.x1, w.box.x0 - word.box.x1))
    return abs(near.baseline - word.baseline) < 0.4 * max(near.em, word.em) and not near.box.intersection(
        word.box
    ) > 0.5 * min(near.box.area, word.box.area)
