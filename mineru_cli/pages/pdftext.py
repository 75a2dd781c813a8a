"""Reads the text layer of a PDF page: pdfium's characters become positioned words.

A word costs about ten calls into pdfium and a character three, so properties of a whole text object (font,
colour, render mode) are cached by object.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Collection, Sequence
from typing import Any

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from mineru_cli.pages.bidi import Letter, in_order, may_run_backwards, words_in_order
from mineru_cli.pages.glyphs import Extent, Glyphs
from mineru_cli.pages.page import NO_TEXT, TextSample, Word, is_garbage
from mineru_cli.pages.page_objects import (
    CharBox,
    PageTransform,
    address_of,
    fill_colour,
    font_name,
    is_optional,
)
from mineru_cli.pages.text_objects import Font, TextObject, WordSpan, is_mathematical
from mineru_cli.pages.torn_lines import is_torn, may_be_torn, mended

_MOST_CHARS = 200_000
_SPACES = frozenset({0x00, 0x09, 0x0A, 0x0D, 0x20, 0xA0, 0x2028, 0x2029, 0x3000})
_BROKEN_HYPHEN = 0x02  # pdfium's own mark for a hyphen at a line's end
_NEW_LINE = 0x0A
_LINE_ENDS = frozenset({_NEW_LINE, 0x0D, 0x2028, 0x2029, _BROKEN_HYPHEN})
_BLANKS = _SPACES | _LINE_ENDS
_SAMPLE = 48
"""Characters of a page that are sampled for their places."""

_BEYOND_LATIN = 0x250
"""From this code point on, fonts that are not embedded may lack glyphs: Latin letters are everywhere."""

_FLAT = 0.02
"""Height per width of pdfium's box of a missing glyph. A dash is three times as high."""

_SCRIPT_SHIFT = 0.12
_UNKNOWN = "\ufffd"


class PageText:
    """The words of a loaded page, with further queries about each while this is open.

    ``words`` are in the file's order, ``spans`` has the origin of each.
    """

    def __init__(self, page: Any) -> None:
        self.words: list[Word] = []
        self.spans: list[WordSpan] = []
        self._raw = pdfium.FPDFText_LoadPage(page)
        self._transform = PageTransform.of(page)
        self._box = tuple(ctypes.c_double() for _ in range(4))
        self._to_box = tuple(map(ctypes.byref, self._box))
        self._origin = ctypes.c_double(), ctypes.c_double()
        self._to_origin = tuple(map(ctypes.byref, self._origin))
        self._loose = pdfium.FS_RECTF()
        self._fonts: dict[int, Font] = {}
        self._objects: dict[int, TextObject] = {}
        self._line = 0
        if self._raw:
            self._read()

    def close(self) -> None:
        """Release pdfium's memory."""
        if self._raw:
            pdfium.FPDFText_ClosePage(self._raw)
            self._raw = None

    @property
    def fonts(self) -> Collection[Font]:
        """The fonts of the page's words."""
        return self._fonts.values()

    def chars(self, span: WordSpan) -> list[tuple[str, CharBox | None]]:
        """The characters of a word in the file's order, each with the box of its glyph."""
        return [
            (_text([pdfium.FPDFText_GetUnicode(self._raw, number)]), self._char_box(number))
            for number in span.numbers
        ]

    def on_page(self, box: CharBox) -> tuple[float, float, float, float]:
        """Convert a box in the page's own coordinates to shares of the page as displayed."""
        x0, y0 = self._transform.point(box[0], box[3])
        x1, y1 = self._transform.point(box[1], box[2])
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def _read(self) -> None:
        codes = _codes(self._raw)
        if not self._read_torn(codes):
            self._read_lines(codes)
        self._judge_fonts()

    def _read_torn(self, codes: list[int]) -> bool:
        """Add the words of lines that pdfium ended after each letter; False, and none, for other pages."""
        numbers = [number for number, code in enumerate(codes) if code not in _BLANKS]
        if not may_be_torn(len(numbers), codes.count(_NEW_LINE)):
            return False
        letters = [
            letter for number in numbers for letter in self._letters(number, codes[number : number + 1])
        ]
        words = mended(letters, [self._char_origin(letter.number) for letter in letters])
        if not is_torn(words):
            return False
        for line, word in words:
            self._line = line
            self._add_mixed(word, hyphen=False)
        return True

    def _read_lines(self, codes: list[int]) -> None:
        start = 0
        for number, code in enumerate(codes):
            if code in _LINE_ENDS:
                self._add_line(start, codes[start:number], hyphen=code == _BROKEN_HYPHEN)
                self._line += 1
                start = number + 1
        self._add_line(start, codes[start:])

    def _add_line(self, start: int, codes: list[int], *, hyphen: bool = False) -> None:
        if not codes:
            return
        if may_run_backwards(codes) and not any(map(self._is_unmapped, range(start, start + len(codes)))):
            words = words_in_order(self._letters(start, codes))
            for number, word in enumerate(words, 1):
                self._add_mixed(word, hyphen=hyphen and number == len(words))
            if words:
                return
        begin = 0
        for place, code in enumerate(codes):
            if code in _SPACES:
                self._add(start + begin, codes[begin:place])
                begin = place + 1
        self._add(start + begin, codes[begin:], hyphen=hyphen)

    def _is_unmapped(self, number: int) -> bool:
        """Whether the font of a character does not say which one its code is."""
        return bool(pdfium.FPDFText_HasUnicodeMapError(self._raw, number) == 1)

    def _known(self, word: Word, span: WordSpan) -> str:
        """The text of a word with U+FFFD in place of characters without a mapping or a meaning."""
        doubtful = [
            n for n in span.numbers if self._is_unmapped(n) or self._object(n).font.glyphs.implausible
        ]
        if len(doubtful) == len(span.numbers):
            return ""
        wrong = {chr(pdfium.FPDFText_GetUnicode(self._raw, number)) for number in doubtful}
        return "".join(_UNKNOWN if char in wrong or is_garbage(char) else char for char in word.text)

    def _add(self, start: int, codes: list[int], *, hyphen: bool = False) -> None:
        """Add the word at ``start``. Its box is that of its first and last character: all cost twice."""
        if not codes:
            return
        last = start + len(codes) - 1
        box, other = self._char_box(start), self._char_box(last)
        if box is None or other is None:
            return
        numbers, ordered = range(start, start + len(codes)), codes
        if may_run_backwards(codes):
            ordered = [letter.code for letter in in_order(self._letters(start, codes))]
            box, other = self._hull(numbers)
        text = _text(ordered) + ("-" if hyphen else "")
        self._keep(numbers, codes, text, box, other, self._objects_of(start, last))

    def _add_mixed(self, word: Sequence[Letter], *, hyphen: bool) -> None:
        """Add a word of a line from right to left, whose letters are in reading order."""
        numbers = [letter.number for letter in word]
        objects = tuple({letter.thing: self._object(letter.number) for letter in word}.values())
        # A bracket may stand at the other end of the words that it encloses.
        inner = [letter.number for letter in word if chr(letter.code).isalnum()]
        box, other = self._hull(inner or numbers)
        text = _text([letter.code for letter in word]) + ("-" if hyphen else "")
        self._keep(numbers, [letter.code for letter in word], text, box, other, objects)

    def _keep(
        self,
        numbers: Sequence[int],
        codes: list[int],
        text: str,
        box: CharBox,
        other: CharBox,
        objects: tuple[TextObject, ...],
    ) -> None:
        """Add a word with the boxes of its outermost characters."""
        start, last = numbers[0], numbers[-1]
        thing, font = objects[0], objects[0].font
        height, quarter = thing.height, thing.quarter
        blank = not font.embedded and max(codes) >= _BEYOND_LATIN and self._is_blank(font, numbers, codes)
        if blank:
            box, other = self._loose_box(start) or box, self._loose_box(last) or other
        x, y = self._char_origin(start)
        # Characters of one object share a baseline, except in vertical writing.
        one_line = len(objects) == 1 and abs(box[2] - other[2]) <= height
        end_y = y if one_line else self._char_origin(last)[1]
        self.words.append(
            Word(
                text,
                self.on_page(
                    (
                        min(box[0], other[0]),
                        max(box[1], other[1]),
                        min(box[2], other[2]),
                        max(box[3], other[3]),
                    )
                ),
                line=self._line,
                baseline=self._transform.point(x, y)[1],
                height=height * abs(self._transform.d or self._transform.b),
                quarter=quarter,
                drawn=not thing.invisible,
                mathematical=font.mathematical,
                raised=quarter == 0 and abs(y - end_y) > _SCRIPT_SHIFT * height,
                unmapped=self._is_unmapped(start),
            )
        )
        if font.glyphs.wanted():
            self._record_extents(font.glyphs, numbers, codes, thing.angle, height)
        self.spans.append(WordSpan(numbers, objects, blank))

    def _record_extents(
        self, glyphs: Glyphs, numbers: Sequence[int], codes: list[int], angle: float, height: float
    ) -> None:
        """Record the vertical extents of glyphs that are new."""
        along, up = -math.sin(angle), math.cos(angle)
        for number, code in zip(numbers, codes, strict=True):
            if glyphs.knows(code) or height <= 0 or (box := self._char_box(number)) is None:
                continue
            x, y = self._char_origin(number)
            reach = [((side - x) * along + (edge - y) * up) / height for side in box[:2] for edge in box[2:]]
            if min(reach) < max(reach):
                glyphs.add(code, Extent(min(reach), max(reach)))

    def _is_blank(self, font: Font, numbers: Sequence[int], codes: list[int]) -> bool:
        """Whether a glyph is missing. Placeholder boxes of one size are detected later."""
        blank = False
        for number, code in zip(numbers, codes, strict=True):
            if code >= _BEYOND_LATIN and (box := self._char_box(number)) is not None:
                width, height = box[1] - box[0], box[3] - box[2]
                font.glyphs.sizes[code] = (round(width, 2), round(height, 2))
                blank = blank or height < _FLAT * width
        return blank

    def _judge_fonts(self) -> None:
        """Mark words in fonts with a wrong mapping, and those drawn as placeholder boxes."""
        for font in self._fonts.values():
            font.glyphs.judge()
        for number, (word, span) in enumerate(zip(self.words, self.spans, strict=True)):
            glyphs = span.objects[0].font.glyphs
            if glyphs.implausible or word.unmapped or _is_suspicious(word.text):
                self.words[number] = word._replace(
                    unmapped=word.unmapped or glyphs.implausible, known=self._known(word, span)
                )
            if glyphs.all_alike and any(ord(char) in glyphs.sizes for char in word.text):
                self.spans[number] = span._replace(blank=True)

    def _letters(self, start: int, codes: list[int]) -> list[Letter]:
        """Where characters stand along their line. White space that pdfium inserted has no position."""
        letters = []
        for number, code in enumerate(codes, start):
            thing = self._object(number)
            if code in _SPACES and thing.handle is None:
                continue
            across, up = math.cos(thing.angle), math.sin(thing.angle)
            x, y = self._char_origin(number)
            boxes = [box for box in (self._loose_box(number), self._char_box(number)) if box]
            sides = [s * across + e * up for box in boxes or [(x, x, y, y)] for s in box[:2] for e in box[2:]]
            letters.append(
                Letter(
                    code,
                    x * across + y * up,
                    thing.address,
                    number,
                    (min(sides), max(sides)),
                    thing.height,
                    thing.angle,
                )
            )
        return letters

    def _char_box(self, number: int) -> CharBox | None:
        if not pdfium.FPDFText_GetCharBox(self._raw, number, *self._to_box):
            return None
        left, right, bottom, top = self._box
        return left.value, right.value, bottom.value, top.value

    def _char_origin(self, number: int) -> tuple[float, float]:
        pdfium.FPDFText_GetCharOrigin(self._raw, number, *self._to_origin)
        x, y = self._origin
        return x.value, y.value

    def _hull(self, numbers: Sequence[int]) -> tuple[CharBox, CharBox]:
        """Leftmost and rightmost of characters: where directions mix they are not first and last."""
        boxes = [box for number in numbers if (box := self._char_box(number))]
        return min(boxes, key=lambda box: box[0]), max(boxes, key=lambda box: box[1])

    def _loose_box(self, number: int) -> CharBox | None:
        if not pdfium.FPDFText_GetLooseCharBox(self._raw, number, self._loose):
            return None
        return self._loose.left, self._loose.right, self._loose.bottom, self._loose.top

    def _objects_of(self, first: int, last: int) -> tuple[TextObject, ...]:
        one, other = self._object(first), self._object(last) if last != first else None
        return (one,) if other is None or other is one else (one, other)

    def _object(self, number: int) -> TextObject:
        found = pdfium.FPDFText_GetTextObject(self._raw, number)
        address = address_of(found) if found else 0
        known = self._objects.get(address)
        if known is None:
            known = self._objects[address] = self._text_object(found or None, address, number)
        return known

    def _text_object(self, found: Any, address: int, number: int) -> TextObject:
        angle = pdfium.FPDFText_GetCharAngle(self._raw, number)
        box = self._loose_box(number)
        height = abs(box[3] - box[2]) if box else 0.0
        place = height, angle, self._transform.quarter(angle)
        if found is None:
            return TextObject(None, address, self._font(None), False, None, False, *place)
        mode = pdfium.FPDFTextObj_GetTextRenderMode(found)
        invisible = mode in (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
        filled = mode in (pdfium.FPDF_TEXTRENDERMODE_FILL, pdfium.FPDF_TEXTRENDERMODE_FILL_CLIP)
        colour = fill_colour(found) if filled else None
        font = self._font(pdfium.FPDFTextObj_GetFont(found))
        return TextObject(found, address, font, invisible, colour, is_optional(found), *place)

    def _font(self, font: Any) -> Font:
        address = address_of(font) if font else 0
        known = self._fonts.get(address)
        if known is None:
            name = font_name(font) if font else ""
            embedded = not font or pdfium.FPDFFont_GetIsEmbedded(font) == 1
            known = self._fonts[address] = Font(name, is_mathematical(name), embedded, Glyphs())
        return known


def _codes(raw: Any) -> list[int]:
    """The Unicode of each character of a text page."""
    count = min(pdfium.FPDFText_CountChars(raw), _MOST_CHARS)
    unicode_of = pdfium.FPDFText_GetUnicode
    return [unicode_of(raw, number) for number in range(count)]


def sample_of(page: Any) -> TextSample:
    """How many characters a loaded page has, and where some of them stand."""
    raw = pdfium.FPDFText_LoadPage(page)
    if not raw:
        return NO_TEXT
    try:
        count = max(0, int(pdfium.FPDFText_CountChars(raw)))
        transform, sides = PageTransform.of(page), tuple(ctypes.c_double() for _ in range(4))
        places = []
        for number in range(0, count, max(1, count // _SAMPLE)):
            if pdfium.FPDFText_GetUnicode(raw, number) in _BLANKS:
                continue
            if pdfium.FPDFText_GetCharBox(raw, number, *map(ctypes.byref, sides)):
                left, right, bottom, top = (side.value for side in sides)
                across, down = transform.point((left + right) / 2, (bottom + top) / 2)
                if 0 <= across < 1 and 0 <= down < 1:
                    places.append((across, down))
        return TextSample(count, tuple(places))
    finally:
        pdfium.FPDFText_ClosePage(raw)


def _is_suspicious(text: str) -> bool:
    """Whether ``is_garbage`` may hold for a character of the text. Cheap."""
    return not text.isprintable() or _UNKNOWN in text


def _text(codes: list[int]) -> str:
    """Codes as text: pdfium returns two for a character above U+FFFF, and some that are not characters."""
    text = "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)
    if any(0xD800 <= code <= 0xDFFF for code in codes):
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
