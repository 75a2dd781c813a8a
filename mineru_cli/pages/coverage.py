"""Whether a page's result holds the text that the page shows.

There are two sources of evidence. The page's own text, where it is trustworthy: are its words in the result,
or, where the text is read from the picture, do they lie in blocks? And the picture: do rows of writing lie
outside of all blocks? The content of pictures and charts does not count as text, except whole lines of prose
in the text layer.

Ordinary pages cost a comparison of two lengths, or of some places with the blocks. Words are read and counted
only where those are doubtful; rows of writing are looked for on pages with hardly any text of their own,
scans, and on others whose picture takes many bytes for the length of their result.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape
from io import BytesIO

from mineru_cli.domain.block import BBox, Block
from mineru_cli.domain.flaws import PageFlaw
from mineru_cli.pages.page import NO_TEXT, Place, TextSample, Word
from mineru_cli.pages.textlayer import TextLayer, trustworthy
from mineru_cli.pages.writing import Writing, writing_of

_ENOUGH = 0.95
"""A result at least this long, compared with the text layer, is not examined."""
_MOST_WORDS_OUTSIDE = 0.5
"""Of the words of a page whose text is read from its picture: what is in a block was read."""
_FEW_CHARACTERS = 200
_MOST_BYTES = 500
"""A page with fewer characters is a scan, perhaps with a stamp, if its picture takes more bytes for each."""
_FEWEST_FOUND = 0.6
"""Of the words, and of their length: a page of other words may be misread, but it is not left out."""
_EDGE = 0.005
"""Margin of blocks, which are sometimes too small, in shares of the page."""
_PROSE = 6
"""Words in a line of the file that make it prose, even in a picture."""
_BLANK = 9_000
_BYTES_PER_CHARACTER = 1_000
"""A page is examined if its picture takes more bytes than a blank one and this many per character read.

Pages of text take 30 to 500 of them (PNG).
"""
_FEWEST_CELLS = 100
"""Two or three lines of text."""
_MOST_UNCOVERED = 0.4
"""Share of the writing that a page shows. Blocks of good results leave out almost nothing."""

_MARKUP = re.compile(r"<[^<>]{1,2000}>")
_TOKEN = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\W_]+")
_PICTURES = frozenset({"image", "chart", "image_block"})


def is_mostly_picture(encoded: bytes, characters: int) -> bool:
    """Whether an encoded picture of a page shows more than the characters that its file has for it. Cheap."""
    return characters < _FEW_CHARACTERS and len(encoded) > _BLANK + _MOST_BYTES * characters


@dataclass(frozen=True, slots=True)
class PageEvidence:
    """What a page shows.

    ``picture`` is the encoded picture of the whole page that the model was asked about; ``writing`` are rows
    of writing that were looked for in advance, in the page or in each of its parts. ``layer`` is the page's
    own text where the result may take text from it, ``trusted`` says that it was found trustworthy before;
    ``sample`` replaces it where the result takes none.
    """

    picture: bytes = b""
    layer: TextLayer | None = None
    trusted: bool = False
    sample: TextSample = NO_TEXT
    writing: tuple[Writing, ...] = ()

    def trusted_layer(self) -> TextLayer | None:
        """The layer, where it is trustworthy."""
        good = self.layer is not None and (self.trusted or trustworthy(self.layer))
        return self.layer if good else None


def lacks_words(evidence: PageEvidence, blocks: Sequence[Block]) -> bool:
    """Whether a result is too short for its page's own text: ``words_missing`` has details. Cheap."""
    return evidence.layer is not None and _length(blocks) < _ENOUGH * evidence.layer.characters


def leaves_words_out(evidence: PageEvidence, blocks: Sequence[Block]) -> bool:
    """Whether the sample of a page's text gives reason to read all of it for ``words_outside``. Cheap."""
    places, boxes = evidence.sample.places, [block.bbox for block in blocks]
    return _outside(places, boxes) > _MOST_WORDS_OUTSIDE * len(places)


def words_outside(layer: TextLayer, blocks: Sequence[Block]) -> PageFlaw | None:
    """The flaw of a page most of whose words lie outside of all blocks; None for any other. CPU work."""
    boxes = [block.bbox for block in blocks]
    words = [word.centre for word in _counted((), layer.words)]
    outside = _outside(words, boxes)
    if outside <= _MOST_WORDS_OUTSIDE * len(words):
        return None
    return PageFlaw("uncovered", f"{outside} of the {len(words)} words of its text layer lie in no block")


def lacks_ink(evidence: PageEvidence, blocks: Sequence[Block]) -> bool:
    """Whether ``ink_missing`` should be computed. Cheap."""
    return bool(evidence.writing) or len(evidence.picture) > _BLANK + _BYTES_PER_CHARACTER * _length(blocks)


def ink_missing(evidence: PageEvidence, blocks: Sequence[Block]) -> PageFlaw | None:
    """The flaw of a page that shows writing outside of its blocks; None for any other. CPU work."""
    from PIL import Image

    writing = evidence.writing
    if not writing:
        with Image.open(BytesIO(evidence.picture)) as image:
            writing = (writing_of(image),)
    boxes = [block.bbox for block in blocks]
    outside, everywhere = sum(one.outside(boxes) for one in writing), sum(one.everywhere for one in writing)
    if outside < _FEWEST_CELLS or outside <= _MOST_UNCOVERED * everywhere:
        return None
    share = 1 - outside / everywhere
    return PageFlaw("uncovered", f"blocks cover {share:.0%} of what looks like lines of text on it")


def _length(blocks: Sequence[Block]) -> int:
    """The characters of a result, without the tags of its tables."""
    return sum(len(_MARKUP.sub("", block.content)) for block in blocks if block.content)


def words_missing(layer: TextLayer, blocks: Sequence[Block]) -> PageFlaw | None:
    """The flaw of a page whose own words are not in its blocks; None for any other. CPU work."""
    shown = _counted([block.bbox for block in blocks if block.type in _PICTURES], layer.words)
    wanted = Counter(token for word in shown for token in _tokens(word.text))
    total = wanted.total()
    if not total:
        return None
    found = Counter(token for block in blocks if block.content for token in _tokens(_plain(block.content)))
    present = (wanted & found).total()
    length = sum(len(token) * number for token, number in found.items())
    expected = sum(len(token) * number for token, number in wanted.items())
    if present >= _FEWEST_FOUND * total or length >= _FEWEST_FOUND * expected:
        return None
    return PageFlaw("uncovered", f"{present} of the {total} words of its text layer are in the result")


def _counted(pictures: Sequence[BBox], words: Iterable[Word]) -> list[Word]:
    """The words that a result must hold: upright, readable, on the page, and not labels in a picture."""
    readable = [
        word
        for word in words
        if not (word.mathematical or word.unmapped or word.obscured or word.quarter < 0)
        and 0 <= word.bbox[0] < 1
        and 0 <= word.bbox[1] < 1
    ]
    in_line = Counter(word.line for word in readable)
    return [
        word
        for word in readable
        if in_line[word.line] >= _PROSE or not any(word.lies_in(box) for box in pictures)
    ]


def _outside(places: Sequence[Place], boxes: Sequence[BBox]) -> int:
    """How many of the places lie outside of all boxes, with a margin."""
    return sum(
        not any(
            x0 - _EDGE <= across <= x1 + _EDGE and y0 - _EDGE <= down <= y1 + _EDGE
            for x0, y0, x1, y1 in boxes
        )
        for across, down in places
    )


def _plain(content: str) -> str:
    return unescape(_MARKUP.sub(" ", content)) if "<" in content else content


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())
