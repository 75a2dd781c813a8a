"""The text layer of a page.

Many PDFs contain their text as well as its image. Where it is correct, a request to the model is a waste;
where it is not (broken fonts, hidden OCR, displaced text) it is worse than any model. So every result here
may be "doubtful", and doubtful regions go to the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mineru_cli.domain.block import BBox, Block
from mineru_cli.domain.flaws import PageFlaw
from mineru_cli.pages.lines import Regions, paragraphs
from mineru_cli.pages.page import Word
from mineru_cli.pages.trust import doubt


@dataclass(frozen=True, slots=True)
class TextLayer:
    """The words of a page in the file's order; never empty. ``flaws`` are those of its fonts.

    ``unseen`` is the number of words left out because the page does not show them.
    """

    words: tuple[Word, ...]
    flaws: tuple[PageFlaw, ...] = ()
    unseen: int = 0

    @property
    def characters(self) -> int:
        """How many characters its words have."""
        return sum(len(word.text) for word in self.words)


def trustworthy(layer: TextLayer) -> bool:
    """Whether blocks of the page may be read from its layer at all. ``trust.doubt`` returns the reason."""
    return doubt(layer.words, layer.unseen) is None


def text_in(layer: TextLayer, bbox: BBox, *, strict: bool = True) -> str | None:
    """The text inside a region in reading order, dehyphenated.

    None when there is none, and when it is doubtful: ``strict`` false accepts doubtful text as well, but no
    codes of fonts without a mapping to characters.
    """
    return Regions(layer.words).text(bbox, strict=strict)


def texts_in(layer: TextLayer, boxes: Sequence[BBox], *, strict: bool = True) -> list[str | None]:
    """As ``text_in`` for each region, but a word in several is read in the smallest of them only.

    The text of a region whose words are all read in others is empty.
    """
    return Regions(layer.words).texts(boxes, strict=strict)


def fallback_blocks(layer: TextLayer) -> tuple[Block, ...]:
    """The whole page as paragraphs from its layer, for a page that no model could read."""
    return tuple(Block("text", bbox, 0, text, source="layer") for text, bbox in paragraphs(layer.words))
