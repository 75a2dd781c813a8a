"""Whether a page's result holds the text that the page shows.

There are two checks. The page's text layer, where it is trustworthy: are its words in the result? And the
picture of the page that was sent for the layout: are there rows of writing outside of all blocks? What
lies in the blocks of pictures and charts is no text, but for whole lines of prose in the text layer.

Ordinary pages cost a comparison of two lengths; the words are counted and the picture is decoded only where
the result is short for its page.
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
from mineru_cli.pages.page import Word
from mineru_cli.pages.textlayer import TextLayer, trustworthy
from mineru_cli.pages.writing import written_cells

_ENOUGH = 0.95
"""A result at least this long, compared with the text layer, is not looked at."""
_FEWEST_FOUND = 0.6
"""Of the words, and of their length: a page of other words may be misread, but it is not left out."""
_PROSE = 6
"""Words in a line of the file that make it prose, even in a picture."""
_BLANK = 9_000
_BYTES_A_CHARACTER = 1_000
"""A page is looked at whose picture takes more bytes than a blank one and so many a character of its result.

Pages of text take 30 to 500 of them (PNG).
"""
_FEWEST_CELLS = 100
"""Two or three lines of text."""
_MOST_UNCOVERED = 0.8

_MARKUP = re.compile(r"<[^<>]{1,2000}>")
_TOKEN = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\W_]+")
_PICTURES = frozenset({"image", "chart", "image_block"})


@dataclass(frozen=True, slots=True)
class PageEvidence:
    """What a page shows. ``picture`` is the encoded picture of the whole page that the model was asked about.

    ``trusted`` says that ``layer`` was found trustworthy before.
    """

    picture: bytes
    layer: TextLayer | None = None
    trusted: bool = False


def looks_short(evidence: PageEvidence, blocks: Sequence[Block]) -> bool:
    """Whether a result is so short for its page that ``uncovered`` is worth asking. Cheap."""
    length = sum(len(block.content) for block in blocks if block.content)
    if evidence.layer is not None and (evidence.trusted or trustworthy(evidence.layer, None)):
        return length < _ENOUGH * sum(len(word.text) for word in evidence.layer.words)
    return len(evidence.picture) > _BLANK + _BYTES_A_CHARACTER * length


def uncovered(evidence: PageEvidence, blocks: Sequence[Block]) -> PageFlaw | None:
    """The flaw of a page whose text is not in its blocks; None where all is well. CPU work."""
    layer = evidence.layer
    if layer is not None and (evidence.trusted or trustworthy(layer, None)):
        return _words_missing(layer.words, blocks)
    return _ink_missing(evidence.picture, blocks) if evidence.picture else None


def _words_missing(words: Iterable[Word], blocks: Sequence[Block]) -> PageFlaw | None:
    shown = _counted([block.bbox for block in blocks if block.type in _PICTURES], words)
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
        if in_line[word.line] >= _PROSE or not any(_holds(box, word.bbox) for box in pictures)
    ]


def _holds(box: BBox, inner: BBox) -> bool:
    across, down = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return box[0] <= across <= box[2] and box[1] <= down <= box[3]


def _plain(content: str) -> str:
    return unescape(_MARKUP.sub(" ", content)) if "<" in content else content


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


def _ink_missing(picture: bytes, blocks: Sequence[Block]) -> PageFlaw | None:
    from PIL import Image

    with Image.open(BytesIO(picture)) as image:
        outside, everywhere = written_cells(image, [block.bbox for block in blocks])
    if outside < _FEWEST_CELLS or outside <= _MOST_UNCOVERED * everywhere:
        return None
    share = 1 - outside / everywhere
    return PageFlaw("uncovered", f"blocks cover {share:.0%} of what looks like lines of text on it")
