"""From positioned words to lines, paragraphs and the text of a region."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from statistics import median

from mineru_cli.domain.block import BBox
from mineru_cli.domain.hyphens import keeps_hyphen
from mineru_cli.pages.drop_caps import with_drop_caps
from mineru_cli.pages.line_ends import LineExtent, are_contents_entries, are_intended, whole_words
from mineru_cli.pages.page import Word, is_garbage

_MARGIN = 0.003
_SAME_BASELINE = 0.4
_INSIDE, _OUTSIDE = 0.6, 0.3
_LEAST_FILLED = 0.5
_LONGEST_GAP = 2.6
_WIDE_GAP = 3.0
"""Heights of a line, which no justified line has between two words."""
_OVERLAP = 0.35
_PARAGRAPH_GAP = 1.6
_HYPHENS = "-\u00ad\u2010"
_LIGATURES = str.maketrans(
    {
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        "\ufb05": "st",
        "\ufb06": "st",
    }
)
_MATH_SIGNS = frozenset("∑∏∫∮√∂∇∈∉⊂⊆∪∩∀∃≤≥≠≈≡∞±×÷→⇒↔⟨⟩⋅∘′″")


class Regions:
    """Reads regions of a page from its words."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = words
        self._known = frozenset(word.text for word in words)
        self._order = sorted(range(len(words)), key=lambda number: words[number].bbox[1])
        self._tops = [words[number].bbox[1] for number in self._order]
        self._highest = max((word.bbox[3] - word.bbox[1] for word in words), default=0.0)

    def words(self, bbox: BBox) -> list[Word]:
        """The words with most of their area in a region, in the file's order."""
        return [self._words[number] for number in self._inside(bbox)[0]]

    def words_but(self, bbox: BBox, taken: Iterable[BBox]) -> list[Word]:
        """The words at least partly in a region that are not in any of the ``taken`` boxes."""
        inside, torn = self._touching(bbox)
        gone = {number for box in taken for number in self._touching(box)[0]}
        return [self._words[number] for number in sorted({*inside, *torn} - gone)]

    def legible_text(self, words: Sequence[Word], bbox: BBox, *, keep_lines: bool) -> str:
        """The legible part of words of a region, in reading order; empty where there is none.

        Words that stand on their side are in the file's order, because their baselines do not order them.
        """
        legible = [word._replace(text=text) for word in words if (text := word.legible)]
        if any(word.quarter for word in legible):
            lines = [list(line) for _, line in groupby(legible, key=lambda word: word.line)]
        else:
            lines = _lines(_without_doubles(legible))
        if keep_lines:
            return "\n".join(_joined([line], self._known) for line in lines).translate(_LIGATURES)
        return _text_of(lines, bbox[2], self._known) or ""

    def text(self, bbox: BBox, *, strict: bool) -> str | None:
        """The text of a region. See ``textlayer.text_in``."""
        numbers, torn = self._inside(bbox)
        return self._text([self._words[number] for number in numbers], bbox, torn=torn, strict=strict)

    def texts(self, boxes: Sequence[BBox], *, strict: bool) -> list[str | None]:
        """The text of each region. A word in several is read in the smallest of them only.

        A region's text is empty where all of its words are read in others.
        """
        found = [self._inside(bbox) for bbox in boxes]
        owners: dict[int, int] = {}
        for region in sorted(range(len(boxes)), key=lambda region: (-_area(boxes[region]), -region)):
            owners.update(dict.fromkeys(found[region][0], region))
        texts: list[str | None] = []
        for region, (numbers, torn) in enumerate(found):
            own = [self._words[number] for number in numbers if owners[number] == region]
            shared = bool(numbers) and not own and not torn
            texts.append("" if shared else self._text(own, boxes[region], torn=torn, strict=strict))
        return texts

    def _inside(self, bbox: BBox) -> tuple[list[int], bool]:
        """The indices of the words in a region, and whether some are partly in it."""
        inside, torn = self._touching(bbox)
        return inside, bool(torn)

    def _touching(self, bbox: BBox) -> tuple[list[int], list[int]]:
        """The indices of the words in a region, and of those that are partly in it."""
        x0, y0, x1, y1 = bbox[0] - _MARGIN, bbox[1] - _MARGIN, bbox[2] + _MARGIN, bbox[3] + _MARGIN
        first, end = bisect_left(self._tops, y0 - self._highest), bisect_left(self._tops, y1)
        inside, torn = [], []
        for number in self._order[first:end]:
            left, top, right, bottom = self._words[number].bbox
            across, down = min(right, x1) - max(left, x0), min(bottom, y1) - max(top, y0)
            if across <= 0 or down <= 0:
                continue
            share = (across * down) / max((right - left) * (bottom - top), 1e-12)
            if share >= _INSIDE:
                inside.append(number)
            elif share > _OUTSIDE:
                torn.append(number)
        return sorted(inside), torn

    def _text(self, words: Sequence[Word], bbox: BBox, *, torn: bool, strict: bool) -> str | None:
        if not words or any(word.unmapped for word in words):
            return None
        if strict and (torn or any(_doubtful(word) for word in words)):
            return None
        lines = _lines(with_drop_caps(_without_doubles(words), self._known))
        if strict and (not _fills(words, bbox) or _gapped(lines) or any(_collides(line) for line in lines)):
            return None
        return _text_of(lines, bbox[2], self._known)


def _text_of(lines: Sequence[Sequence[Word]], right: float, known: frozenset[str]) -> str | None:
    if _ends_are_intended(lines, right):
        parts = whole_words([_words(line) for line in lines], [_extent(line) for line in lines])
    else:
        parts = [slice(None)]
    texts = [_joined(lines[part], known) for part in parts]
    return "\n".join(texts).translate(_LIGATURES) or None


def _ends_are_intended(lines: Sequence[Sequence[Word]], right: float) -> bool:
    """Whether to keep line breaks, as in addresses and contents. ``right`` is the region's right edge."""
    if are_contents_entries([_words(line) for line in lines]) or _end_in_figures(lines):
        return True
    return not any(_right_to_left(line) for line in lines) and are_intended(
        [_extent(line) for line in lines], right
    )


def _end_in_figures(lines: Sequence[Sequence[Word]]) -> bool:
    """Whether most lines end in a number far behind their text: a page in contents, a price, a sum."""
    far = [
        len(line) > 1
        and any(char.isdigit() for char in line[-1].text)
        and line[-1].bbox[0] - line[-2].bbox[2] > _WIDE_GAP * line[-1].height
        for line in lines
    ]
    return len(lines) > 1 and sum(far) > 0.5 * len(lines)


def _words(line: Sequence[Word]) -> str:
    return " ".join(word.text for word in line)


def _extent(line: Sequence[Word]) -> LineExtent:
    left, top, right, bottom = _union(line)
    return LineExtent(left, right, line[0].bbox[2] - line[0].bbox[0], bottom - top)


def paragraphs(words: Sequence[Word]) -> list[tuple[str, BBox]]:
    """Text and box of each paragraph in the file's order, boxes kept inside the page.

    Codes of fonts without a mapping to characters are left out, single characters become U+FFFD.
    """
    words = [
        word._replace(text=word.legible) if word.unmapped else word
        for word in words
        if not word.unmapped or any(map(str.isalnum, word.legible))
    ]
    known = frozenset(word.text for word in words)
    result = []
    for group in _groups(words):
        text = _joined(_lines(group), known).translate(_LIGATURES)
        box = _on_page(_union(group))
        if text and box is not None:
            result.append((text, box))
    return result


def _doubtful(word: Word) -> bool:
    return (
        word.quarter != 0
        or not word.drawn
        or word.mathematical
        or word.raised
        or word.obscured
        or any(
            is_garbage(char) or char in _MATH_SIGNS or 0x1D400 <= ord(char) <= 0x1D7FF for char in word.text
        )
    )


def _without_doubles(words: Iterable[Word]) -> list[Word]:
    """Removes words drawn twice at one position, as some programs do for bold and shadows."""
    seen: set[tuple[str, int, int]] = set()
    kept = []
    for word in words:
        place = (word.text, round(word.bbox[0] * 300), round(word.bbox[1] * 300))
        if place not in seen:
            seen.add(place)
            kept.append(word)
    return kept


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    """Words grouped by baseline, top to bottom, each line in reading order.

    Of lines with words from right to left what is one line of the file keeps its order: where directions mix,
    no other order of places says how they are read (see ``visual_order``).
    """
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.baseline):
        height = max(word.height, word.bbox[3] - word.bbox[1])
        if lines and word.baseline - lines[-1][-1].baseline <= _SAME_BASELINE * height:
            lines[-1].append(word)
        else:
            lines.append([word])
    for line in lines:
        if not any(map(_has_backward_letters, line)):
            line.sort(key=lambda word: word.bbox[0])
            continue
        places = {id(word): number for number, word in enumerate(words)}
        pieces = [
            list(piece)
            for _, piece in groupby(
                sorted(line, key=lambda word: places[id(word)]), key=lambda word: word.line
            )
        ]
        pieces.sort(key=lambda piece: min(word.bbox[0] for word in piece), reverse=_right_to_left(line))
        line[:] = [word for piece in pieces for word in piece]
    return lines


def _has_backward_letters(word: Word) -> bool:
    return not word.text.isascii() and any(
        unicodedata.bidirectional(char) in ("R", "AL") for char in word.text
    )


def _right_to_left(line: Sequence[Word]) -> bool:
    balance = 0
    for word in line:
        for char in word.text:
            direction = unicodedata.bidirectional(char)
            balance += (direction in ("R", "AL")) - (direction == "L")
    return balance > 0


def _collides(line: Sequence[Word]) -> bool:
    boxes = sorted(word.bbox for word in line)
    for one, other in pairwise(boxes):
        narrower = min(one[2] - one[0], other[2] - other[0])
        if one[2] - other[0] > _OVERLAP * narrower:
            return True
    return False


def _fills(words: Sequence[Word], bbox: BBox) -> bool:
    """Whether the words extend through the region; otherwise it shows something that is not in the layer."""
    left, top, right, bottom = _union(words)
    lines = max((word.height for word in words), default=0.0)
    high = max(bottom - top, lines) >= _LEAST_FILLED * (bbox[3] - bbox[1])
    return high and right - left >= _LEAST_FILLED * (bbox[2] - bbox[0])


def _gapped(lines: Sequence[Sequence[Word]]) -> bool:
    steps = [below[0].baseline - above[0].baseline for above, below in pairwise(lines)]
    height = median(word.height or word.bbox[3] - word.bbox[1] for line in lines for word in line)
    return any(step > _LONGEST_GAP * height for step in steps)


def _joined(lines: Sequence[Sequence[Word]], known: frozenset[str]) -> str:
    text = ""
    for line in lines:
        for number, word in enumerate(line):
            text = _with(text, word.text, known, at_line_start=number == 0)
    return unicodedata.normalize("NFC", text)


def _with(text: str, word: str, known: frozenset[str], *, at_line_start: bool) -> str:
    if not text:
        return word
    if at_line_start and text[-1] in _HYPHENS and len(text) > 1 and text[-2].isalnum():
        stem = text[:-1].rpartition(" ")[2]
        mended = (
            text[-2].isalpha()
            and word[:1].islower()
            and f"{stem}-{word}" not in known
            and not keeps_hyphen(stem, word)
        )
        return (text[:-1] if mended or text[-1] == "\u00ad" else text) + word
    if _wide(text[-1]) and _wide(word[0]):
        return text + word
    return f"{text} {word}"


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" and not 0xAC00 <= ord(char) <= 0xD7AF


def _groups(words: Sequence[Word]) -> list[list[Word]]:
    groups: list[list[Word]] = []
    for word in words:
        if groups and _continues(groups[-1][-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _continues(last: Word, word: Word) -> bool:
    height = max(last.height, word.height, 1e-6)
    if word.line == last.line:
        return True
    step = word.baseline - last.baseline
    alike = 0.8 <= (last.height or height) / (word.height or height) <= 1.25
    return alike and 0 < step <= _PARAGRAPH_GAP * height


def _union(words: Sequence[Word]) -> BBox:
    boxes = [word.bbox for word in words]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _area(bbox: BBox) -> float:
    return (bbox[2] - bbox[0]) * (bbox[3] - bbox[1])


def _on_page(bbox: BBox) -> BBox | None:
    x0, y0, x1, y1 = (min(1.0, max(0.0, side)) for side in bbox)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
