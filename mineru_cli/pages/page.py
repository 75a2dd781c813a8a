"""What a reader gives: one page as an image, and the document it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mineru_cli.domain.flaws import PageFlaw

if TYPE_CHECKING:
    from PIL import Image

    from mineru_cli.pages.parts import Parts
    from mineru_cli.pages.pixels.native import Pixels
    from mineru_cli.pages.textlayer import TextLayer

POINTS_PER_INCH = 72


@dataclass(slots=True)
class PageImage:
    """One rendered page.

    ``index`` counts from 0. ``image`` has mode "L" when the page has no colour, else "RGB" or "RGBX" (a
    fourth byte without meaning). ``width`` and ``height`` are in points (1/72 inch) as displayed, after the
    page's own rotation. ``pixels`` are the bytes that an "L" or "RGBX" image looks at, row by row without
    gaps, where they can be had without a copy. ``flaws`` is what the reader knows to be wrong with it.
    ``parts`` is set for a page that is too long or too large to be looked at whole.
    """

    index: int
    image: Image.Image
    width: float
    height: float
    pixels: Pixels | None = None
    flaws: tuple[PageFlaw, ...] = ()
    parts: Parts | None = None


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

    def may_lack_fonts(self, index: int) -> bool:
        """Whether page ``index`` has text in a font that is not in the file: ``text_layer`` knows more."""
        ...

    def close(self) -> None:
        """Release file and memory. Closing twice is fine."""
        ...
