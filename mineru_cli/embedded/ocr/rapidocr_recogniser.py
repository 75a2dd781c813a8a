"""PP-OCRv6 small, from rapidocr's wheel: Chinese, English, Japanese and the Latin scripts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mineru_cli.embedded.ocr import runtime
from mineru_cli.embedded.ocr.recogniser import OcrReading, RecogniserOptions
from mineru_cli.embedded.ocr.runtime import OnnxModel, Tensor, choose, metadata

HEIGHT = 48
STEP = 64
"""Widths are padded to multiples of this: fewer shapes mean fewer compilations in the runtime."""

MIN_WIDTH = 128
MAX_WIDTH = 3_200
"""Maximum width in pixels, about 300 characters. Wider lines are compressed."""


class RapidOcrRecogniser:
    """The recognition network of PP-OCRv6 with its greedy decoder.

    The lines of all requests share one pool with one thread per slot: a single large block uses all cores,
    and many requests never run more concurrent inferences than there are slots.
    """

    def __init__(self, session: OnnxModel, characters: Sequence[str], slots: int = 1) -> None:
        self._session = session
        self._pool = ThreadPoolExecutor(slots, "recognise") if slots > 1 else None
        self._characters = ["", *characters, " "]

    @property
    def about(self) -> str:
        """See ``Recogniser``."""
        return "PP-OCRv6 small (weights Apache-2.0, in rapidocr's wheel)"

    def read(self, strips: Sequence[Image.Image], checkpoint: Callable[[], None]) -> list[OcrReading]:
        """Run one inference per strip: on a CPU, padding costs more than batching gains."""

        def one(strip: Image.Image) -> OcrReading:
            checkpoint()
            return self._read(strip)

        if self._pool is None or len(strips) < 2:
            return [one(strip) for strip in strips]
        waiting = [self._pool.submit(one, strip) for strip in strips]
        try:
            return [future.result() for future in waiting]
        finally:
            for future in waiting:
                future.cancel()

    def _read(self, strip: Image.Image) -> OcrReading:
        width = min(MAX_WIDTH, max(8, math.ceil(strip.width * HEIGHT / strip.height)))
        tensor = _tensor(strip, width)
        best, scores = _best(self._session.run(tensor)[0][0])
        return self._decode(best, scores, tensor.shape[3] / width)

    def _decode(self, best: NDArray[np.intp], scores: NDArray[np.float32], stretch: float) -> OcrReading:
        keep = best != 0
        keep[1:] &= best[1:] != best[:-1]
        steps = np.flatnonzero(keep)
        if not len(steps):
            return OcrReading("", 0.0)
        text = "".join(self._characters[i] for i in best[steps])
        offsets = np.minimum((steps + 0.5) * stretch / len(best), 1.0)
        return OcrReading(text, float(scores[steps].mean()), tuple(float(o) for o in offsets))


def _tensor(strip: Image.Image, width: int) -> Tensor:
    """The input tensor: NCHW, BGR, -1 to 1, padded with 0."""
    image = strip.convert("RGB").resize((width, HEIGHT), Image.Resampling.BILINEAR)
    padded = max(MIN_WIDTH, math.ceil(width / STEP) * STEP)
    tensor = np.zeros((1, 3, HEIGHT, padded), np.float32)
    pixels = np.asarray(image)[:, :, ::-1].astype(np.float32) / 127.5 - 1.0
    tensor[0, :, :, :width] = pixels.transpose(2, 0, 1)
    return tensor


def _best(scores: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    best = scores.argmax(axis=1)
    return best, scores[np.arange(len(best)), best]


def load(options: RecogniserOptions) -> RapidOcrRecogniser:
    """Load the model and its alphabet from the wheel."""
    path = runtime.recognition()
    characters = metadata(path, "character").split("\n")
    session = choose(options.runtime)(path, threads=options.threads, slots=options.slots)
    return RapidOcrRecogniser(session, characters, options.slots)
