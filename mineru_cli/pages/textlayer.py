"""The text a page carries itself.

Many PDFs carry their text beside the picture of it. Where it is right, asking a model to read the picture is
a waste; where it is not (broken fonts, hidden OCR, text moved about) it is worse than any model. So every
answer here may be "doubtful", and what is doubtful goes to the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mineru_cli.domain.block import BBox, Block
from mineru_cli.domain.flaws import PageFlaw
from mineru_cli.pages.lines import Regions, paragraphs
from mineru_cli.pages.page import Word
from mineru_cli.pages.trust import doubt

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class TextLayer:
    """Words of a page in the file's order; never empty. ``flaws`` is what its fonts lack.

    ``unseen`` counts the words that were left out because the page does not show them, None where nothing was
    compared with it.
    """

    words: tuple[Word, ...]
    flaws: tuple[PageFlaw, ...] = ()
    unseen: int | None = None

    @property
    def characters(self) -> int:
        """How many characters its words have."""
        return sum(len(word.text) for word in self.words)


def trustworthy(layer: TextLayer, image: Image.Image | None) -> bool:
    """Whether blocks of the page may be read from its layer at all. ``trust.doubt`` says why not.

    ``image`` is the rendered page: words must lie on ink. None skips that test.
    """
    return doubt(layer.words, image, layer.unseen) is None


def text_in(layer: TextLayer, bbox: BBox, *, strict: bool = True) -> str | None:
    """The text inside a region in reading order, words broken at line ends mended.

    None when there is none, and when it is doubtful: ``strict`` false takes doubtful text as well, but no
    codes of fonts that do not say which characters they are.
    """
    return Regions(layer.words).text(bbox, strict=strict)


def texts_in(layer: TextLayer, boxes: Sequence[BBox], *, strict: bool = True) -> list[str | None]:
    """What ``text_in`` gives for each region, but a word in several is read in the smallest of them only.

    A region whose words are all read in others is an empty text.
    """
    return Regions(layer.words).texts(boxes, strict=strict)


def fallback_blocks(layer: TextLayer) -> tuple[Block, ...]:
    """The whole page as paragraphs from its layer, for a page that no model could read."""
    return tuple(Block("text", bbox, 0, text, source="layer") for text, bbox in paragraphs(layer.words))
