"""Qwen2.5-VL's own document parsing: one request a page, answered with HTML whose elements carry places."""

from __future__ import annotations

import math

from mineru_cli.domain.page import Reading
from mineru_cli.domain.request import Sampling, Session, VisionRequest
from mineru_cli.errors import PageNotRecognised
from mineru_cli.pages.page import PageImage
from mineru_cli.pages.pixels.encode import encode
from mineru_cli.pages.pixels.packed_image import HeldImage
from mineru_cli.pages.pixels.shrink import shrunk
from mineru_cli.pages.textlayer import TextLayer
from mineru_cli.recipes.asking import Answer, ask_well
from mineru_cli.recipes.qwenvl_html import blocks_of, shows_places
from mineru_cli.recipes.recipe import PreparedPage, RecipeOptions
from mineru_cli.recipes.whole_page import with_figures

# The words that the model was trained on (Qwen2.5-VL cookbook, document parsing).
PROMPT = "QwenVL HTML"
SYSTEM_PROMPT = (
    "You are an AI specialized in recognizing and extracting text from images. "
    "Your mission is to analyze the image document and generate the result in QwenVL Document Parser HTML "
    "format using specified tags while maintaining user privacy and data integrity."
)
SAMPLING = Sampling(temperature=0.0, repetition_penalty=1.05)
CELL = 28
MIN_PIXELS, MAX_PIXELS = 512 * CELL * CELL, 2048 * CELL * CELL
_LONGEST_RATIO = 100


class QwenVLRecipe:
    """See ``Recipe``. The text layer is not used: one request reads the whole page either way."""

    name = "qwenvl"

    def __init__(self, options: RecipeOptions) -> None:
        self._options = options

    def prepare(self, page: PageImage, layer: TextLayer | None) -> PreparedPage:
        """Resize the page as the model's own processor would, so that its pixels are ours."""
        size = model_size(*page.image.size)
        data, media_type = encode(shrunk(page, size), self._options.image_format)
        request = VisionRequest("page", PROMPT, data, SAMPLING, SYSTEM_PROMPT, media_type)
        return PreparedPage(page.index, page.width, page.height, HeldImage(page), request, layer)

    async def read(self, page: PreparedPage, session: Session) -> Reading:
        """Ask for the page's HTML and take it apart."""
        answer = await ask_well(
            session,
            page.request,
            attempts=self._options.quality_attempts,
            max_chars=self._options.limits.max_reply_chars,
            usable=shows_places,
        )
        if answer is None:
            raise PageNotRecognised("the model answered without places of blocks, however it was asked")
        return await session.compute(self._reading, page, answer)

    def _reading(self, page: PreparedPage, answer: Answer) -> Reading:
        image = page.take_image()
        blocks = blocks_of(answer.text, model_size(*image.size), self._options.limits.max_blocks)
        return with_figures(image, blocks, answer.flaw)


def model_size(width: int, height: int) -> tuple[int, int]:
    """Width and height in whole cells of 28 pixels, within the model's bounds, close to the same shape.

    The rounding is Qwen2.5-VL's own: a server finds nothing left to resize.
    """
    width, height = max(width, height // _LONGEST_RATIO), max(height, width // _LONGEST_RATIO)
    across, down = (max(CELL, round(side / CELL) * CELL) for side in (width, height))
    if across * down > MAX_PIXELS:
        shrink = math.sqrt(width * height / MAX_PIXELS)
        across, down = (max(CELL, math.floor(side / shrink / CELL) * CELL) for side in (width, height))
    elif across * down < MIN_PIXELS:
        grow = math.sqrt(MIN_PIXELS / (width * height))
        across, down = (math.ceil(side * grow / CELL) * CELL for side in (width, height))
    return across, down


def samplings() -> dict[str, Sampling]:
    """What is asked with, by kind of question."""
    return {"page": SAMPLING}
