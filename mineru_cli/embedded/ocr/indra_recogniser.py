"""Indra OCR, opt-in: fast, many scripts, weights under a separate licence.

The code is Apache-2.0. The weights are under a modified OpenRAIL-M licence: free for research, personal use
and small companies, not for use in competition with their maker. They are read from a folder that the user
provides; nothing is downloaded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mineru_cli.embedded.ocr.recogniser import OcrReading, RecogniserOptions
from mineru_cli.embedded.ocr.runtime import import_quietly
from mineru_cli.errors import EngineUnavailable

NEEDED = ("det.onnx", "rec.onnx", "meta.json")
MARGIN = 12
"""White margin around each strip in pixels: the package crops lines with a margin, too."""

BATCH = 16


class IndraRecogniser:
    """The recognition half of indra_ocr's ``OrtOCR``; lines are found by this engine's own detector."""

    def __init__(self, ocr: Any) -> None:
        self._ocr = ocr
        self._lock = threading.Lock()  # its fields hold the state of one page

    @property
    def about(self) -> str:
        """See ``Recogniser``."""
        return "Indra OCR (weights under a modified OpenRAIL-M licence: not for every commercial use)"

    def read(self, strips: Sequence[Image.Image], checkpoint: Callable[[], None]) -> list[OcrReading]:
        """Recognise a few strips at a time, arranged below one another on one white image."""
        readings: list[OcrReading] = []
        for start in range(0, len(strips), BATCH):
            checkpoint()
            sheet, boxes = _sheet(strips[start : start + BATCH])
            with self._lock:
                found = self._ocr.recognize(sheet, boxes)
            readings += [_reading(result, box) for result, box in zip(found, boxes, strict=True)]
        return readings


def _sheet(strips: Sequence[Image.Image]) -> tuple[Any, Any]:
    """One grey image with all strips, and their boxes (x0, y0, x1, y1) in it."""
    width = max(strip.width for strip in strips) + 2 * MARGIN
    height = sum(strip.height + MARGIN for strip in strips) + MARGIN
    sheet = Image.new("L", (width, height), 255)
    boxes, y = [], MARGIN
    for strip in strips:
        sheet.paste(strip.convert("L"), (MARGIN, y))
        boxes.append((MARGIN, y, MARGIN + strip.width, y + strip.height))
        y += strip.height + MARGIN
    return np.asarray(sheet), np.array(boxes, np.float32)


def _reading(result: tuple[str, float, list[tuple[Any, float]]], box: Any) -> OcrReading:
    """``result`` is (text, confidence, [(token, x)]); positions are kept if each token is one character."""
    text, score, tokens = result
    width = max(1.0, float(box[2] - box[0]))
    places = tuple(min(max((float(x) - float(box[0])) / width, 0.0), 1.0) for _, x in tokens)
    return OcrReading(text, score, places if len(places) == len(text) else ())


def load(options: RecogniserOptions) -> IndraRecogniser:
    """Load from ``options.folder``. Raises EngineUnavailable without the package, the folder or its files."""
    folder = options.folder
    if folder is None or any(not Path(folder, name).is_file() for name in NEEDED):
        raise EngineUnavailable(
            "indra-ocr needs a folder with its weights (det.onnx, rec.onnx, meta.json)",
            hint="download them under their own licence (modified OpenRAIL-M) and give --recogniser-folder",
        )
    try:
        pipeline = import_quietly("indra_ocr.pipeline")
    except ImportError as error:
        raise EngineUnavailable(f"indra-ocr cannot be used: {error}", hint="pip install indra-ocr") from error
    return IndraRecogniser(pipeline.OrtOCR(folder, threads=options.threads))
