"""Fills in the text layer's words where the model answered with nothing.

When every character is known and the picture shows no other text, nothing is lost, and the block has the
flaw ``layer-text``. Otherwise the words stand there too, with the flaw that says why they are all there is,
and the picture is kept. A refused request stays one, because it is the server that needs care.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, Final

from PIL import Image

from mineru_cli.domain.block import VISUAL_TYPES, BBox, Block, Source
from mineru_cli.domain.flaws import LAYER_TEXT
from mineru_cli.pages.page import PageImage, Word
from mineru_cli.pages.stand_in import StandIns, shows_only
from mineru_cli.pages.textlayer import trustworthy
from mineru_cli.recipes.asking import LostBlock, QualityAnswer
from mineru_cli.recipes.figures import PageFigures
from mineru_cli.recipes.mineru_blocks import TABLE_WORDS, put_answer, put_layer_text
from mineru_cli.recipes.recipe import PreparedPage
from mineru_cli.settings import TextMode

_PICTURES: Final = (VISUAL_TYPES | {"equation_block", "image_block"}) - {"table"}
"""Words in these belong to a picture, those of formulas are in no order that could be read."""

_WITH_LINES: Final = frozenset({"code", "algorithm", "table"})

_CELL: Final = re.compile(r"</?[a-z]+>")

Answer = QualityAnswer | LostBlock


@dataclass(frozen=True, slots=True)
class AnsweredRegion:
    """A region of a page and its answer. ``source`` is where its text comes from, None where it has none."""

    kind: str
    bbox: BBox
    source: Source | None = None
    upright: bool = True
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class LayerText:
    """The layer's text for a region; ``complete`` when the page shows nothing else there."""

    text: str
    complete: bool


def is_empty(kind: str, answer: Answer) -> bool:
    """Whether an answer has no text."""
    if isinstance(answer, LostBlock):
        return True
    return not (_CELL.sub("", answer.text) if kind == "table" else answer.text).strip()


def texts_for_empty(
    page: PreparedPage, mode: TextMode, regions: Sequence[AnsweredRegion]
) -> dict[int, LayerText]:
    """The layer's texts for the regions whose answer is empty, by their index. CPU work.

    A layer is available in the modes that use it, and where it is the fallback for pages. With ``auto``
    invisible text, as OCR leaves it under a scan, is never taken.
    """
    empty = [
        number
        for number, one in enumerate(regions)
        if one.answer is not None and one.kind not in _PICTURES and is_empty(one.kind, one.answer)
    ]
    layer = page.layer
    if not empty or layer is None or not (page.layer_trusted or trustworthy(layer)):
        return {}
    stand_ins = StandIns(layer.words, hidden=mode != "auto")
    filled: dict[int, LayerText] = {}
    for number in sorted(empty, key=lambda number: _area(regions[number].bbox)):
        one = regions[number]
        taken = [
            other.bbox
            for place, other in enumerate(regions)
            if place in filled or (place != number and _holds_words_of(other, one))
        ]
        found = stand_ins.of(one.bbox, taken, keep_lines=one.kind in _WITH_LINES)
        if found is not None:
            more = isinstance(one.answer, LostBlock) and not (
                one.upright and _shows_only(page, layer.words, one.bbox, one.answer.picture)
            )
            filled[number] = LayerText(found.text, complete=found.legible and not more)
    return filled


def put_text_for_empty(block: Any, answer: Answer, found: LayerText, figures: PageFigures) -> None:
    """Set the layer's text in a block of the library. Of a table it stays text: its cells are not known."""
    refused = isinstance(answer, LostBlock) and answer.flaw == "rejected"
    if block.type == "table":
        put_answer(block, answer, figures)
        block[TABLE_WORDS] = found.text
        block.setdefault("flaw", "empty")
        return
    if found.complete and not refused:
        block.setdefault("flaw", LAYER_TEXT)
    else:
        put_answer(block, answer, figures)
        block.setdefault("flaw", "empty")
    put_layer_text(block, found.text)


def with_layer_text(block: Block, found: LayerText) -> Block:
    """The block of another recipe with the layer's text."""
    flaw = block.flaw or "empty"
    if block.type == "table":
        return replace(block, dropped=found.text, flaw=flaw)
    if found.complete and flaw != "rejected":
        flaw = LAYER_TEXT
    return replace(block, content=found.text, source="layer", flaw=flaw, confidence=None)


def _holds_words_of(other: AnsweredRegion, one: AnsweredRegion) -> bool:
    """Whether the words in both are in the text of ``other``."""
    if other.source is None or other.kind in _PICTURES:
        return False
    return other.source == "model" or _area(other.bbox) < _area(one.bbox)


def _shows_only(page: PreparedPage, words: Sequence[Word], bbox: BBox, picture: bytes) -> bool:
    with Image.open(BytesIO(picture)) as image:
        shown = PageImage(page.index, image.convert("L"), page.width, page.height)
    return shows_only(shown, words, bbox)


def _area(bbox: BBox) -> float:
    return (bbox[2] - bbox[0]) * (bbox[3] - bbox[1])
