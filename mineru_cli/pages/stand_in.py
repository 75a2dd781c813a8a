"""The layer's text for regions that the model answered with nothing.

Elsewhere doubtful words of the layer are left to the model. Where it read nothing, doubtful words are better
than none, so here they are used unchanged. A character without a mapping to Unicode becomes U+FFFD: if it
were left out, its place would be lost as well, and a private code would look like text that no program can
display.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from mineru_cli.domain.block import BBox
from mineru_cli.pages.leftover import unread
from mineru_cli.pages.lines import Regions
from mineru_cli.pages.page import PageImage, Word
from mineru_cli.pages.page_words import WHOLE

UNKNOWN: Final = "\ufffd"
_SAME_SHAPE = 0.03
"""A picture of a region whose proportions differ by more was padded or rotated."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """``text`` of a region from the layer; ``words`` are those that it was made of."""

    text: str
    words: tuple[Word, ...]

    @property
    def legible(self) -> bool:
        """Whether every character of it is known."""
        return UNKNOWN not in self.text and all(word.legible for word in self.words)


class StandIns:
    """The texts of a page's regions. With ``hidden`` also the invisible text that OCR left under a scan."""

    def __init__(self, words: Sequence[Word], *, hidden: bool) -> None:
        self._regions = Regions([word for word in words if word.drawn or hidden])

    def of(self, bbox: BBox, taken: Collection[BBox], *, keep_lines: bool = False) -> StandIn | None:
        """The words of a region that lie in none of the ``taken`` boxes, None where none is readable.

        ``keep_lines`` keeps the layer's lines apart, as in listings and tables.
        """
        words = self._regions.words_but(bbox, taken)
        text = self._regions.legible_text(words, bbox, keep_lines=keep_lines)
        readable = any(char.isalnum() for char in text)
        return StandIn(text, tuple(words)) if readable else None


def shows_only(picture: PageImage, words: Sequence[Word], bbox: BBox) -> bool:
    """Whether the picture of a region shows nothing that looks like text but these words.

    ``picture`` has the region's image and the size of its page in points. False where it is not plainly the
    region. CPU work.
    """
    x0, y0, x1, y1 = bbox
    expected = (x1 - x0) * picture.width / max((y1 - y0) * picture.height, 1e-9)
    width, height = picture.image.size
    if abs(width / height - expected) > _SAME_SHAPE * expected + 1 / height:
        return False
    return not unread(picture, [word.within(bbox) for word in words], [WHOLE])[0]
