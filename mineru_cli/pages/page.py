"""What a reader gives: one page as an image, and the document it comes from."""

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
    """How many characters the text of a page has, white space among them, and where some of them stand."""

    characters: int = 0
    places: tuple[Place, ...] = ()


NO_TEXT = TextSample()


@dataclass(slots=True)
class PageImage:
    """One rendered page.

    ``index`` counts from 0. ``image`` has mode "L" when the page has no colour, else "RGB" or "RGBX" (a
    fourth byte without meaning). ``width`` and ``height`` are in points (1/72 inch) as displayed, after the
    page's own rotation. ``pixels`` are the bytes that an "L" or "RGBX" image looks at, row by row without
    gaps, where they can be had without a copy. ``flaws`` is what the reader knows to be wrong with it.
    ``parts`` is set for a page that is too long or too large to be looked at whole. ``text`` is a sample of
    the file's own text.
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
        """Render page ``index``. Keeps nothing. Raises ``PageUnreadable``, ``PageTooLarge``."""
        ...

    def text_layer(self, index: int, shown: PageImage | None = None) -> TextLayer | None:
        """The page's own text, None when it has none. Raises ``PageUnreadable``.

        ``shown`` is what ``read`` gave for the page: words that it does not show are left out.
        """
        ...

    def text_sample(self, index: int) -> TextSample:
        """Some of the text of page ``index``, seen or not, without reading all of it. Cheap."""
        ...

    def may_lack_fonts(self, index: int) -> bool:
        """Whether page ``index`` has text in a font that is not in the file: ``text_layer`` knows more."""
        ...

    def close(self) -> None:
        """Release file and memory. Closing twice is fine."""
        ...


_MEANINGLESS = frozenset({"Cc", "Co", "Cn", "Cs"})


class Word(NamedTuple):
    """Characters without white space between, in the order they are read.

    ``bbox``, ``baseline`` and ``height`` (of the font's line) are shares of the page as displayed, 0-1 but
    for what hangs over its edge. ``line`` counts the file's own lines. ``quarter`` is 0, 90, 180 or 270
    degrees clockwise, -1 for askew. ``drawn`` is false for the unseen text that OCR puts under the picture
    of a page, ``mathematical`` true for fonts of formulas, ``raised`` where baselines differ inside.
    ``unmapped`` words are codes of a font that does not say which characters they are. Of ``obscured`` words
    some characters are hidden and left out of ``text``. ``missing_font`` names the font without which this
    machine could not draw the word, empty where it could.
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


def is_garbage(char: str) -> bool:
    """Replacement, private use, control, unassigned: characters that fonts without a mapping give."""
    if " " <= char <= "~":
        return False
    return char == "\ufffd" or unicodedata.category(char) in _MEANINGLESS
