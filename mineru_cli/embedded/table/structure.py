"""Recognition of a table's crop: words, rules, grid, OTSL."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

from PIL import Image

from mineru_cli.embedded.geometry import Box, LineBox, Skew, hull
from mineru_cli.embedded.ink import Rules, ink_mask, rules
from mineru_cli.embedded.ocr.crops import Checkpoint, CropReader
from mineru_cli.embedded.ocr.recogniser import OcrReading
from mineru_cli.embedded.ocr.words import OcrWord, chunks, words_of
from mineru_cli.embedded.table.build import build
from mineru_cli.embedded.table.chunks import Chunk, is_leader, with_signs
from mineru_cli.embedded.table.grid import fill
from mineru_cli.embedded.table.otsl import otsl
from mineru_cli.embedded.text.joining import join_lines
from mineru_cli.embedded.text.layer_words import PageWord, joined, page_words, runs
from mineru_cli.embedded.text.lines import find_skew
from mineru_cli.pages.page import Word

APART = 1.1
"""White space between words that ends a cell's text, in line heights."""

LEAST_RULE = 26
"""Minimum length of a vertical rule in pixels: more than the height of capitals at 200 dpi."""


CELL_SPACE = 0.9
"""The same in ems, for words with known positions."""

PlacedWord = TypeVar("PlacedWord", OcrWord, PageWord)


class TableReader:
    """Converts the RGB crop of a table to OTSL."""

    def __init__(self, crops: CropReader) -> None:
        self._crops = crops

    def read(self, image: Image.Image, checkpoint: Checkpoint, words: Sequence[Word] = ()) -> str:
        """The table as OTSL, "" without any text. ``words`` come from the text layer, where it is known."""
        if words:
            return _of_words(image, page_words(words, image.width, image.height))
        lines = self._crops.detect(image)
        skew = find_skew(lines)
        if abs(skew.slope) > 0.002:
            image = _levelled(image, skew)
            lines = self._crops.detect(image)
        checkpoint()
        read = self._crops.recognise(image, lines, checkpoint)
        if not read:
            return ""
        ruled = _without_letters(_rules(image), [line.tight_box for line in read])
        return _otsl(_chunks(read, ruled), ruled, image)


def _of_words(image: Image.Image, words: Sequence[PageWord]) -> str:
    """The table from words with known positions: only the rules are taken from the picture."""
    words = [word for word in words if not is_leader(word.text)]
    lines = [run.line for run in runs(words)]
    ruled = _without_letters(_rules(image), [line.tight_box for line in lines])
    texts = [
        Chunk(joined(part), hull(word.tight_box for word in part))
        for run in runs(words, CELL_SPACE, justified=False)
        for part in _cut_at_rules(run.words, ruled.vertical)
    ]
    return _otsl(texts, ruled, image)


def _otsl(texts: Sequence[Chunk], ruled: Rules, image: Image.Image) -> str:
    texts = with_signs(texts)
    grid = build(texts, ruled, (float(image.width), float(image.height)))
    return otsl(fill(grid, texts, join_lines), grid.rows, grid.columns)


def _levelled(image: Image.Image, skew: Skew) -> Image.Image:
    angle = math.degrees(math.atan(skew.slope))
    return image.rotate(angle, Image.Resampling.BICUBIC, fillcolor="white")


def _rules(image: Image.Image) -> Rules:
    mask = ink_mask(image)
    return rules(mask, horizontal=max(30, image.width // 40), vertical=LEAST_RULE)


def _without_letters(found: Rules, boxes: Sequence[Box]) -> Rules:
    """The rules without the stems of letters, dashes and underlines of these lines of text."""
    across = [r for r in found.horizontal if not any(_is_dash(r, b) for b in boxes)]
    down = [r for r in found.vertical if not any(_is_stem(r, b) for b in boxes)]
    return Rules(tuple(across), tuple(down))


def _is_stem(rule: Box, text: Box) -> bool:
    """It is not higher than the text: a border may be close to the first letter of a cell."""
    return rule.height < 1.2 * text.height and rule.share_in(text.grown(0, 0.2 * text.height)) > 0.8


def _is_dash(rule: Box, text: Box) -> bool:
    inside = text.y0 + 0.2 * text.height < rule.cy < text.y1 + 0.05 * text.height
    return inside and rule.overlap_x(text) > 0.8 * rule.width


def _chunks(read: Mapping[LineBox, OcrReading], ruled: Rules) -> list[Chunk]:
    """Texts of cells: lines split at wide white space and at vertical rules."""
    return [
        _chunk(part)
        for line, reading in read.items()
        for run in chunks(words_of(line, reading), APART)
        for part in _cut_at_rules(run, ruled.vertical)
    ]


def _chunk(words: Sequence[OcrWord]) -> Chunk:
    shown = [w for w in words if not is_leader(w.text)] or words
    return Chunk(" ".join(w.text for w in shown), hull(w.box for w in shown))


def _cut_at_rules(words: Sequence[PlacedWord], verticals: Sequence[Box]) -> list[list[PlacedWord]]:
    parts: list[list[PlacedWord]] = [[words[0]]]
    for word in words[1:]:
        last = parts[-1][-1].box
        if any(
            last.cx < v.cx < word.box.cx and v.overlap_y(word.box) > 0.5 * word.box.height for v in verticals
        ):
            parts.append([word])
        else:
            parts[-1].append(word)
    return parts
