"""Decides which words of a PDF page are visible: invisible text must not reach the output.

Text can be white on white, transparent, clipped away, switched off, or under a box or picture that was
painted later. There are three steps, each for the words that the one before left undecided:

1. A word whose box has no contrast at all is invisible.
2. Candidates are words with something painted over them, another word in their place, optional content, or a
   colour that the rendered page does not show there.
3. These few words are removed, their part of the page is rendered again and compared: a character that
   changes nothing is invisible.

Invisible words are dropped. Invisible text under the picture of a page is its OCR result: it is kept, and
marked as not ``drawn``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]
from PIL import Image, ImageStat

from mineru_cli.domain.block import BBox
from mineru_cli.pages import ink
from mineru_cli.pages.page import PageImage, Word
from mineru_cli.pages.painting import Cover, clip_box, survey
from mineru_cli.pages.pdftext import PageText
from mineru_cli.pages.text_objects import TextObject, WordSpan

Draw = Callable[[ink.PixelBox], Image.Image]
"""Renders a part of the page again, as for its picture."""

LEAST_CONTRAST = 16
"""Contrast of 255 below which something is invisible."""

_COLOUR_DISTANCE = 64
_COLOUR_SHARE = (10, 850)
"""Thousandths of a word's box covered by its own colour: outside of this range the word is a candidate."""

_FAINT = 0.2 * 255
_MOST_SEEN_ALPHA = 0.5 * 255
_MISSING_CONTRAST = 48
_LEAST_PIXELS = 4
"""Height in pixels of the smallest legible characters, with a margin."""

_WIDEST_GLYPH = 2.0
"""In heights of its line."""

_CLIPPED = 0.9
_COVERED = 0.15
_HIDDEN_BY_COVER = 0.5
_SCAN = 0.5
_SEEN_HEIGHT, _SEEN_WIDTH = 0.6, 0.5
_MOST_TURNS = 3


def seen_words(page: Any, text: PageText, shown: PageImage, draw: Draw) -> list[Word]:
    """The words of ``text`` that are visible on ``shown``, the rendered page."""
    return _Sight(page, text, shown, draw).words()


class _Sight:
    def __init__(self, page: Any, text: PageText, shown: PageImage, draw: Draw) -> None:
        self._page = page
        self._text = text
        self._shown = shown
        self._draw = draw
        self._size = shown.image.size
        self._boxes = [ink.pixel_box(word.bbox, self._size) for word in text.words]
        self._orders: dict[int, int] = {}

    def words(self) -> list[Word]:
        words, spans, boxes = self._text.words, self._text.spans, self._boxes
        on_page = [number for number, box in enumerate(boxes) if box is not None]
        places = ink.Places([box for box in boxes if box is not None])
        contrasts = dict(zip(on_page, places.contrasts(self._shown, LEAST_CONTRAST), strict=True))
        later, on_picture = self._covers_of(on_page)
        doubtful = self._colour_candidates(on_page, places) | self._overlapping(on_page, places)
        kept: dict[int, Word] = {}
        for number in on_page:
            word, span = words[number], spans[number]
            if span.blank:
                if self._would_show(number, later.get(number, [])):
                    kept[number] = word._replace(missing_font=span.objects[0].font.name or "unnamed")
            elif contrasts[number] >= LEAST_CONTRAST and not self._is_tiny(number):
                kept[number] = word
                if word.drawn and (
                    number in later
                    or any(_may_hide(thing) for thing in span.objects)
                    or (number in on_picture and self._is_clipped(number))
                ):
                    doubtful.add(number)
        for number, hiding in later.items():
            if number in kept and not words[number].drawn and self._redacted(number, hiding):
                del kept[number]
        self._prove(
            {n for n in doubtful if n in kept and words[n].drawn and not kept[n].missing_font}, later, kept
        )
        return [kept[number] for number in sorted(kept)]

    def _is_tiny(self, number: int) -> bool:
        word = self._text.words[number]
        sideways = word.quarter in (90, 270)
        return 0 < word.height * self._size[0 if sideways else 1] < _LEAST_PIXELS

    def _colour_candidates(self, on_page: Sequence[int], places: ink.Places) -> set[int]:
        """Words in whose box their own colour is rare, or almost everywhere."""
        colours = [self._text.spans[number].objects[0].colour for number in on_page]
        flat = bytes(part for colour in colours for part in (colour or (0, 0, 0))[:3])
        low, high = _COLOUR_SHARE
        shares = places.shares(self._shown, flat, _COLOUR_DISTANCE)
        return {
            number
            for number, colour, share in zip(on_page, colours, shares, strict=True)
            if colour is not None and not low <= share <= high and _has_letters(self._text.words[number].text)
        }

    def _overlapping(self, on_page: Sequence[int], places: ink.Places) -> set[int]:
        """Words in the place of another one. Equal ones are bold or shadow, signs are lines to write on."""
        words = self._text.words
        found = set()
        for number, other in zip(on_page, places.overlaps(), strict=True):
            if other < 0:
                continue
            one, two = words[number], words[on_page[other]]
            if one.text != two.text and _has_letters(one.text) and _has_letters(two.text):
                found.add(number)
        return found

    def _is_clipped(self, number: int) -> bool:
        """Whether a word extends beyond its clip path."""
        areas = [clip_box(thing.handle) for thing in self._text.spans[number].objects if thing.handle]
        box = self._text.words[number].bbox
        return any(area is not None and _shared(box, self._text.on_page(area)) < _CLIPPED for area in areas)

    def _covers_of(self, on_page: Sequence[int]) -> tuple[dict[int, list[Cover]], set[int]]:
        """The covers painted over each word, and the words that lie on a picture."""
        found: dict[int, list[Cover]] = {}
        on_picture: set[int] = set()
        covers, self._orders = survey(self._page)
        candidates = [(cover, self._text.on_page(cover.box)) for cover in covers]
        if not candidates or not on_page:
            return found, on_picture
        words, spans = self._text.words, self._text.spans
        by_top = sorted((words[number].bbox[1], number) for number in on_page)
        highest = max(words[number].bbox[3] - words[number].bbox[1] for number in on_page)
        for cover, box in candidates:
            for _, number in by_top[
                bisect_left(by_top, (box[1] - highest,)) : bisect_left(by_top, (box[3],))
            ]:
                if _shared(words[number].bbox, box) < _COVERED:
                    continue
                if self._order(spans[number]) > cover.order:
                    on_picture.add(number)
                elif cover.is_opaque():
                    found.setdefault(number, []).append(cover)
        return found, on_picture

    def _order(self, span: WordSpan) -> int:
        return max(self._orders.get(thing.address, 0) for thing in span.objects)

    def _would_show(self, number: int, hiding: Sequence[Cover]) -> bool:
        """Whether a word without glyphs would be visible if this machine had its font."""
        word, thing, box = self._text.words[number], self._text.spans[number].objects[0], self._boxes[number]
        if box is None or hiding or thing.optional or thing.invisible or self._is_tiny(number):
            return False
        if thing.colour is None:
            return word.drawn
        ground = ImageStat.Stat(self._shown.image.crop(box).convert("RGB")).mean
        apart = max(abs(one - other) for one, other in zip(ground, thing.colour, strict=False))
        return apart >= _MISSING_CONTRAST and thing.colour[3] >= _MOST_SEEN_ALPHA

    def _redacted(self, number: int, hiding: Sequence[Cover]) -> bool:
        """Whether invisible text lies under more than the picture of its page."""
        box = self._text.words[number].bbox
        return any(
            _shared(box, area) >= _HIDDEN_BY_COVER and not (cover.picture and _area(area) >= _SCAN)
            for cover, area in ((cover, self._text.on_page(cover.box)) for cover in hiding)
        )

    def _prove(self, doubtful: set[int], later: dict[int, list[Cover]], kept: dict[int, Word]) -> None:
        """Drop words and characters whose removal changes nothing on the rendered page."""
        for turn in self._turns(doubtful):
            changed = self._without(turn)
            for number in turn:
                seen = self._seen_chars(number, changed)
                word = kept[number]
                if not any(seen):
                    under_scan = any(
                        cover.picture and _area(self._text.on_page(cover.box)) >= _SCAN
                        for cover in later.get(number, ())
                    )
                    if under_scan and not self._redacted(number, later[number]):
                        kept[number] = word._replace(drawn=False)
                    else:
                        del kept[number]
                elif not all(seen):
                    chars = self._text.chars(self._text.spans[number])
                    left = "".join(char for (char, _), visible in zip(chars, seen, strict=True) if visible)
                    kept[number] = word._replace(
                        text=left, obscured=True, known=None if word.known is None else ""
                    )

    def _turns(self, doubtful: set[int]) -> list[list[int]]:
        """Groups of words without overlap, so that a change is attributed to the right one."""
        numbers = sorted(doubtful)
        if not numbers:
            return []
        others = ink.Places([box for n in numbers if (box := self._boxes[n]) is not None]).overlaps()
        turns: list[list[int]] = [[] for _ in range(_MOST_TURNS)]
        turn_of: dict[int, int] = {}
        for place, number in enumerate(numbers):
            other = others[place]
            taken = turn_of.get(numbers[other]) if 0 <= other < place else None
            turn = 0 if taken is None else (taken + 1) % _MOST_TURNS
            turn_of[number] = turn
            turns[turn].append(number)
        return [turn for turn in turns if turn]

    def _without(self, numbers: Sequence[int]) -> _Changes:
        """Where the rendered page differs without the objects of these words."""
        things: dict[int, TextObject] = {}
        for number in numbers:
            things.update(
                (thing.address, thing) for thing in self._text.spans[number].objects if thing.handle
            )
        found = [box for number in numbers if (box := self._boxes[number]) is not None]
        lefts, tops, rights, bottoms = zip(*found, strict=True)
        # pdfium omits glyphs that the left edge of its bitmap cuts, so none may extend into it from outside.
        margin = self._margin()
        part = (
            max(0, min(lefts) - margin),
            max(0, min(tops) - margin),
            min(self._size[0], max(rights) + margin),
            min(self._size[1], max(bottoms) + margin),
        )
        for thing in things.values():
            pdfium.FPDFPageObj_SetIsActive(thing.handle, 0)
        try:
            without = self._draw(part)
        finally:
            for thing in things.values():
                pdfium.FPDFPageObj_SetIsActive(thing.handle, 1)
        return _Changes(ink.difference(self._shown.image.crop(part), without, LEAST_CONTRAST), part[:2])

    def _margin(self) -> int:
        highest = max(word.height for word in self._text.words)
        return int(_WIDEST_GLYPH * highest * max(self._size)) + 1

    def _seen_chars(self, number: int, changed: _Changes) -> list[bool]:
        """For each character of a word, whether most of its glyph changed the page.

        Characters without a width share the result of the one before.
        """
        seen: list[bool] = []
        for _, box in self._text.chars(self._text.spans[number]):
            place = ink.pixel_box(self._text.on_page(box), self._size) if box is not None else None
            thin = box is None or box[0] == box[1] or box[2] == box[3]
            seen.append(seen[-1] if thin and seen else place is not None and changed.fill(place))
        return seen


class _Changes:
    """A mask of the differences between two renderings of a part of a page."""

    def __init__(self, mask: Image.Image, corner: tuple[int, int]) -> None:
        self._mask = mask
        self._corner = corner

    def fill(self, box: ink.PixelBox) -> bool:
        """Whether the change in ``box`` is about as large as the box."""
        x, y = self._corner
        found = self._mask.crop((box[0] - x, box[1] - y, box[2] - x, box[3] - y)).getbbox()
        if found is None:
            return False
        high = found[3] - found[1] >= _SEEN_HEIGHT * (box[3] - box[1] - 2)
        return high and found[2] - found[0] >= _SEEN_WIDTH * (box[2] - box[0] - 2)


def _may_hide(thing: TextObject) -> bool:
    return thing.optional or (thing.colour is not None and thing.colour[3] <= _FAINT)


def _has_letters(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _shared(box: BBox, other: BBox) -> float:
    """The share of ``box`` that lies in ``other``."""
    across = min(box[2], other[2]) - max(box[0], other[0])
    down = min(box[3], other[3]) - max(box[1], other[1])
    return across * down / max(_area(box), 1e-12) if across > 0 and down > 0 else 0.0


def _area(box: BBox) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])
