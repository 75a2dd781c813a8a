"""Recognition of one block's crop: its lines, their text, and how they are joined."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median, median_high

import scipy.ndimage as ndi  # type: ignore[import-untyped]
from PIL import Image

from mineru_cli.embedded.geometry import LineBox
from mineru_cli.embedded.ink import ink_mask
from mineru_cli.embedded.ocr.detector import LineDetector
from mineru_cli.embedded.ocr.recogniser import OcrReading, Recogniser, cut
from mineru_cli.embedded.text.flow import FlowRow, flow
from mineru_cli.embedded.text.lines import TextLine, find_skew, in_rows, join_fragments, without_nested

GLYPH = 11.0
"""Height of small letters in pixels at which the detector works best."""

MARGIN = 16
"""White margin around a crop in pixels: the detector misses text that touches an edge."""

Checkpoint = Callable[[], None]


class CropReader:
    """Detects and recognises the lines of a crop. Thread-safe if its models are."""

    def __init__(self, detector: LineDetector, recogniser: Recogniser) -> None:
        self._detector = detector
        self._recogniser = recogniser

    def text(self, image: Image.Image, checkpoint: Checkpoint) -> str:
        """The text of an RGB crop: its paragraphs unwrapped, its list items, addresses and code in lines."""
        found = self.detect(image)
        checkpoint()
        read = self.recognise(image, found, checkpoint)
        fragments = without_nested(list(read))
        skew = find_skew(fragments)
        rows = in_rows(join_fragments(fragments, skew, gap=1.5))
        return flow([_row(row, read) for row in rows], float(image.width))

    def detect(self, image: Image.Image) -> list[LineBox]:
        """The lines of an upright RGB crop in no particular order, without parts of neighbouring blocks."""
        framed = Image.new("RGB", (image.width + 2 * MARGIN, image.height + 2 * MARGIN), "white")
        framed.paste(image, (MARGIN, MARGIN))
        found = self._detector.detect(framed, scale=_scale(image))
        moved = [replace(n, cx=n.cx - MARGIN, cy=n.cy - MARGIN) for n in found]
        if len(moved) < 2:
            return moved
        usual = median_high(n.height for n in moved)
        return [n for n in moved if not _is_cut_off(n, usual, image.height)]

    def recognise(
        self, image: Image.Image, lines: Sequence[LineBox], checkpoint: Checkpoint
    ) -> dict[LineBox, OcrReading]:
        """What the lines of a crop read as, without those that have no text."""
        readings = self._recogniser.read([cut(image, line) for line in lines], checkpoint)
        return {line: reading for line, reading in zip(lines, readings, strict=True) if reading.text.strip()}


def _row(line: TextLine, read: Mapping[LineBox, OcrReading]) -> FlowRow:
    """The line with its text; character positions only if it consists of one fragment."""
    readings = [read[part] for part in line.parts]
    offsets = readings[0].offsets if len(readings) == 1 else ()
    return FlowRow(" ".join(r.text for r in readings), line.level, offsets)


def _scale(image: Image.Image) -> float:
    """The factor that brings the crop's letters to ``GLYPH`` pixels, at most 1."""
    labels, _ = ndi.label(ink_mask(image))
    heights = [w[0].stop - w[0].start for w in ndi.find_objects(labels, 3_000) if w is not None]
    letters = [h for h in heights if h >= 5]
    return min(1.0, max(0.2, GLYPH / median(letters))) if letters else 0.5


def _is_cut_off(line: LineBox, usual: float, height: int) -> bool:
    """It is the cut-off part of a neighbouring block's line at the upper or lower edge."""
    inside = min(line.box.y1, height) - max(line.box.y0, 0)
    return line.upright and inside < 0.6 * usual
