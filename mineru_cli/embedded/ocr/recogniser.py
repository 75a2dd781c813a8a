"""Recognisers of text lines: the protocol, and the registry of implementations."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL import Image

from mineru_cli.embedded.config import Runtime
from mineru_cli.embedded.geometry import LineBox
from mineru_cli.errors import EngineUnavailable


@dataclass(frozen=True, slots=True)
class OcrReading:
    """The recognised text of a strip.

    ``score`` is the mean confidence of the characters, 0-1. ``offsets`` gives the centre of each character of
    ``text`` as a share of the strip's width, 0-1; it is empty if the recogniser does not report it.
    ``mathematical`` is the share of ``text`` in mathematical fonts, 0-1.
    """

    text: str
    score: float
    offsets: tuple[float, ...] = ()
    mathematical: float = 0.0


@dataclass(frozen=True, slots=True)
class RecogniserOptions:
    """Options for loading a recogniser: cores, concurrent requests, runtime, folder of weights."""

    threads: int = 1
    slots: int = 1
    runtime: Runtime = "auto"
    folder: Path | None = None


class Recogniser(Protocol):
    """Recognises strips: images of one horizontal line each. Called from several threads concurrently."""

    @property
    def about(self) -> str:
        """One sentence about the weights and their licence."""
        ...

    def read(self, strips: Sequence[Image.Image], checkpoint: Callable[[], None]) -> list[OcrReading]:
        """One result per strip, in the same order.

        ``checkpoint`` is called between inferences and may raise to cancel the work.
        """
        ...


REGISTER = {
    "rapidocr": "mineru_cli.embedded.ocr.rapidocr_recogniser",
    "indra-ocr": "mineru_cli.embedded.ocr.indra_recogniser",
}
"""Module per name; each module has ``load(options) -> Recogniser``."""


def check(name: str) -> None:
    """Raise EngineUnavailable for an unknown name."""
    if name not in REGISTER:
        raise EngineUnavailable(f"no recogniser {name!r}", hint=f"choose one of: {', '.join(REGISTER)}")


def load(name: str, options: RecogniserOptions) -> Recogniser:
    """Load the recogniser. Raises EngineUnavailable when the name is unknown or loading fails."""
    check(name)
    loader: Callable[[RecogniserOptions], Recogniser] = importlib.import_module(REGISTER[name]).load
    return loader(options)


LEVEL = 0.15
"""Angle in degrees below which a line is cropped without rotation."""


def cut(image: Image.Image, line: LineBox) -> Image.Image:
    """The line's pixels, levelled: left to right if ``line.upright``, else in its original direction."""
    if abs(line.angle) < LEVEL:
        box = line.box.clipped(image.width, image.height)
        left, top = math.floor(box.x0), math.floor(box.y0)
        right, bottom = max(left + 1, math.ceil(box.x1)), max(top + 1, math.ceil(box.y1))
        return image.crop((left, top, right, bottom))
    width, height = max(1, round(line.width)), max(1, round(line.height))
    turn = math.radians(line.angle)
    c, s = math.cos(turn), math.sin(turn)
    x = line.cx - c * width / 2 + s * height / 2
    y = line.cy - s * width / 2 - c * height / 2
    return image.transform(
        (width, height),
        Image.Transform.AFFINE,
        (c, -s, x, s, c, y),
        Image.Resampling.BICUBIC,
        fillcolor="white",
    )
