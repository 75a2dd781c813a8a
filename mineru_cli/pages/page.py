"""The interface of readers: a page as an image, and the open document."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from mineru_cli.domain.block import BBox
from mineru_cli.domain.flaws import PageFlaw

if TYPE_CHECKING:
    from PIL import Image

    from mineru_cli.pages.parts import Parts
    from mineru_cli.pages.pixels.native import Pixels
    from mineru_cli.pages.textlayer import TextLayer


POINTS_PER_INCH = 72


Place = tuple[float, float]
"""Across and down, as shares of the page from its upper left corner."""


class TextSample(NamedTuple):
    """The number of characters of a page's text, including white space, and the places of some of them."""

    characters: int = 0
    places: tuple[Place, ...] = ()


NO_TEXT = TextSample()


@dataclass(slots=True)
class PageImage:
    """One rendered page.

    ``index`` counts from 0. ``image`` has mode "L" when the page has no colour, else "RGB" or "RGBX" (a
    fourth byte without meaning). ``width`` and ``height`` are in points (1/72 inch) as displayed, after the
    page's own rotation. ``pixels`` are the bytes behind an "L" or "RGBX" image, row by row without gaps,
    where they are available without a copy. ``flaws`` are defects found by the reader. ``parts`` is set for a
    page that is too long or too large for one layout picture. ``text`` is a sample of the file's own text.
    """

    index: int
    image: Image.Image
    width: float
    height: float
    pixels: Pixels | None = None
    flaws: tuple[PageFlaw, ...] = ()
    parts: Parts | None = None
    text: TextSample = NO_TEXT


class OpenDocument(Protocol):
    """A document opened for reading. Not thread safe: one thread reads it from open to close."""

    page_count: int

    def read(self, index: int) -> PageImage:
        """Render page ``index``. Caches nothing. Raises ``PageUnreadable``, ``PageTooLarge``."""
        ...

    def text_layer(self, index: int, shown: PageImage) -> TextLayer | None:
        """The page's text layer, None when it has none. Raises ``PageUnreadable``.

        ``shown`` is the result of ``read`` for the page: words that it does not show are left out.
        """
        ...

    def text_sample(self, index: int) -> TextSample:
        """Some of the text of page ``index``, seen or not, without reading all of it. Cheap."""
        ...

    def may_lack_fonts(self, index: int) -> bool:
        """Whether page ``index`` has text in a font that is not in the file; ``text_layer`` has details."""
        ...

    def release_page(self) -> None:
        """Free what is kept of the last page: its parsed objects and decoded pictures, tens of MB of a scan.

        The calls for one page share it; whoever is done with a page calls this.
        """
        ...

    def close(self) -> None:
        """Release file and memory. May be called twice."""
        ...


_MEANINGLESS = frozenset({"Cc", "Co", "Cn", "Cs"})


class Word(NamedTuple):
    """Characters without white space between them, in reading order.

    ``bbox``, ``baseline`` and ``height`` (of the font's line) are shares of the page as displayed, 0-1 but
    for what extends over its edge. ``line`` is the number of the line in the file. ``quarter`` is 0, 90, 180
    or 270 degrees clockwise, -1 for other angles. ``drawn`` is false for the invisible text that OCR puts
    under the picture of a page, ``mathematical`` true for fonts of formulas, ``raised`` where baselines
    differ inside. ``unmapped`` words are codes of a font without a mapping to characters. Of ``obscured``
    words some characters are hidden and left out of ``text``. ``missing_font`` is the font that this machine
    lacks to draw the word, or empty. ``known`` is the text with U+FFFD for each character that nothing maps
    to Unicode, empty where no character is certain, and None where it equals ``text``.
    """

    text: str
    bbox: BBox
    line: int = 0
    baseline: float = 0.0
    height: float = 0.0
    quarter: int = 0
    drawn: bool = True
    mathematical: bool = False
    raised: bool = False
    unmapped: bool = False
    obscured: bool = False
    missing_font: str = ""
    known: str | None = None

    @property
    def legible(self) -> str:
        """The text without guesses: U+FFFD, or nothing, for what is not known to be a character."""
        if self.known is None:
            return "" if self.unmapped else self.text
        return self.known

    @property
    def centre(self) -> Place:
        """The middle of its box."""
        return (self.bbox[0] + self.bbox[2]) / 2, (self.bbox[1] + self.bbox[3]) / 2

    def lies_in(self, box: BBox) -> bool:
        """Whether its middle lies in a box."""
        across, down = self.centre
        return box[0] <= across <= box[2] and box[1] <= down <= box[3]

    def within(self, region: BBox) -> Word:
        """The word with its places as shares of a region of the page."""
        x0, y0, x1, y1 = region
        across, down = x1 - x0, y1 - y0
        left, top, right, bottom = self.bbox
        return self._replace(
            bbox=((left - x0) / across, (top - y0) / down, (right - x0) / across, (bottom - y0) / down),
            baseline=(self.baseline - y0) / down,
            height=self.height / down,
        )


def is_garbage(char: str) -> bool:
    """Replacement, private use, control or unassigned: characters from fonts without a mapping."""
    if " " <= char <= "~":
        return False
    return char == "\ufffd" or unicodedata.category(char) in _MEANINGLESS
