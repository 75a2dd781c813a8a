"""The engine: loads the models once and processes one task with one image at a time per slot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from PIL import Image

from mineru_cli.embedded.config import EmbeddedConfig
from mineru_cli.embedded.layout.analyse import LayoutAnalyser
from mineru_cli.embedded.layout.layout_text import layout_reply
from mineru_cli.embedded.layout.regions import RegionDetector
from mineru_cli.embedded.ocr import recogniser, runtime
from mineru_cli.embedded.ocr.crops import CropReader
from mineru_cli.embedded.ocr.detector import LineDetector
from mineru_cli.embedded.ocr.recogniser import RecogniserOptions
from mineru_cli.embedded.ocr.runtime import choose
from mineru_cli.embedded.table.structure import TableReader
from mineru_cli.embedded.text.layer_words import page_words
from mineru_cli.embedded.text.typewriter import typewritten
from mineru_cli.pages.page import Word
from mineru_cli.telemetry.machine_limits import usable_cores


class Task(Enum):
    """The task that a prompt of MinerU2.5 requests."""

    LAYOUT = "Layout Detection:"
    TEXT = "Text Recognition:"
    TABLE = "Table Recognition:"
    FORMULA = "Formula Recognition:"


LIMITS = (
    "Formula recognition: not available; displayed formulas are read as plain characters, not as LaTeX.",
    "Image and chart analysis: not available.",
    "Handwriting, and scripts other than Chinese, Japanese and Latin: not read reliably.",
)
"""Limitations, as reported in the model card and the log."""


MOST_SLOTS = 4
"""Default maximum of concurrent requests: each slot needs about 170 MB of working memory."""


class Abandoned(Exception):
    """The client disconnected; its request was cancelled."""


@dataclass(frozen=True, slots=True)
class Cores:
    """The number of concurrent requests, and the total number of cores for them."""

    slots: int
    threads: int


def cores(config: EmbeddedConfig) -> Cores:
    """The cores of this process and their distribution to slots."""
    threads = config.threads or usable_cores()
    return Cores(slots=min(config.slots or MOST_SLOTS, threads), threads=threads)


def check(config: EmbeddedConfig) -> None:
    """Raise EngineUnavailable when a model or recogniser is missing, without loading any."""
    runtime.detection()
    runtime.regions()
    recogniser.check(config.recogniser)


class OcrEngine:
    """Loaded models. ``run`` may be called from one thread per slot at the same time."""

    def __init__(self, config: EmbeddedConfig, share: Cores) -> None:
        session = choose(config.runtime)
        sizes = {"threads": share.threads, "slots": share.slots}
        lines = LineDetector(session(runtime.detection(), **sizes))
        regions = RegionDetector(session(runtime.regions(), **sizes))
        options = RecogniserOptions(share.threads, share.slots, config.runtime, config.recogniser_folder)
        reader = recogniser.load(config.recogniser, options)
        self.about = reader.about
        self._layout = LayoutAnalyser(lines, regions, reader)
        self._crops = CropReader(lines, reader)
        self._tables = TableReader(self._crops)

    def run(
        self, task: Task, image: Image.Image, checkpoint: Callable[[], None], words: Sequence[Word] = ()
    ) -> str:
        """The reply's text. ``checkpoint`` is called between inferences and raises ``Abandoned`` to cancel.

        ``words`` are the words in the picture, where they are known from the page's text layer.
        """
        image = image.convert("RGB")
        if task is Task.LAYOUT:
            return layout_reply(self._layout.analyse(image, words), image.width, image.height)
        if task is Task.TABLE:
            return self._tables.read(image, checkpoint, words)
        program = typewritten(page_words(words, image.width, image.height)) if words else None
        return self._crops.text(image, checkpoint) if program is None else program
