"""Words and chunks of words with their positions, from a recognised line. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mineru_cli.embedded.geometry import Box, LineBox
from mineru_cli.embedded.ocr.recogniser import OcrReading


@dataclass(frozen=True, slots=True)
class OcrWord:
    """Text without spaces and its box in the image's pixels."""

    text: str
    box: Box


def words_of(line: LineBox, reading: OcrReading) -> list[OcrWord]:
    """The words of a horizontal line. Without character offsets the line's width is divided evenly."""
    offsets = reading.offsets or tuple((i + 0.5) / len(reading.text) for i in range(len(reading.text)))
    box = line.tight_box
    words: list[OcrWord] = []
    start: int | None = None
    for index in range(len(reading.text) + 1):
        blank = index == len(reading.text) or reading.text[index].isspace()
        if blank and start is not None:
            words.append(_word(reading.text, offsets, start, index, box))
            start = None
        elif not blank and start is None:
            start = index
    return words


def _word(text: str, offsets: Sequence[float], start: int, stop: int, box: Box) -> OcrWord:
    """Offsets are the centres of characters: the word extends half a character further on both sides."""
    count = stop - start
    first, last = offsets[start], offsets[stop - 1]
    half = (last - first) / (count - 1) / 2 if count > 1 else 0.25 * box.height / max(box.width, 1)
    left = box.x0 + max(0.0, first - half) * box.width
    right = box.x0 + min(1.0, last + half) * box.width
    return OcrWord(text[start:stop], Box(left, box.y0, max(right, left + 1), box.y1))


def chunks(words: Sequence[OcrWord], gap: float) -> list[list[OcrWord]]:
    """Runs of words of one line; white space wider than ``gap`` line heights starts a new run."""
    runs: list[list[OcrWord]] = []
    for word in words:
        if runs and word.box.x0 - runs[-1][-1].box.x1 < gap * word.box.height:
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs
