"""Models that read one region at a time and leave the layout to the client: PaddleOCR-VL, GLM-OCR.

The layout comes from a ``PageLayout``: the engine passes the embedded engine's layout model. Each region is
then requested with the prompt of its kind, concurrently; a page without regions as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from mineru_cli.domain.block import BBox, Block
from mineru_cli.domain.page import Reading
from mineru_cli.domain.request import ModelClient, VisionRequest
from mineru_cli.pages.page import PageImage
from mineru_cli.pages.pixels.encode import encode, png
from mineru_cli.pages.pixels.packed_image import PackedImage, shrunk
from mineru_cli.pages.textlayer import TextLayer
from mineru_cli.recipes.asking import LostBlock, QualityAnswer, ask_about_block, gather
from mineru_cli.recipes.figures import region
from mineru_cli.recipes.layer_text import Answer, AnsweredRegion, texts_for_empty, with_layer_text
from mineru_cli.recipes.mineru_blocks import display_equation
from mineru_cli.recipes.profiles.profile import Profile
from mineru_cli.recipes.readers.reader import WHOLE_PAGE
from mineru_cli.recipes.recipe import PreparedPage, RecipeOptions
from mineru_cli.recipes.tables import OTSL_CELL, plain_table_of_otsl, table_of_text
from mineru_cli.recipes.whole_page import with_figures

if TYPE_CHECKING:
    from PIL import Image

_NO_PICTURE = b""
_OVERVIEW = 1_036


@dataclass(frozen=True, slots=True)
class LayoutRegion:
    """A region of a page: ``type`` is a block type of MinerU's, ``bbox`` shares of the page."""

    type: str
    bbox: BBox


class PageLayout(Protocol):
    """Finds the regions of a page."""

    def regions(self, image: Image.Image) -> list[LayoutRegion]:
        """Regions in reading order. CPU work: runs in the page thread."""
        ...


@dataclass(slots=True)
class _RegionPage(PreparedPage):
    """A page with its regions, detected while it was prepared."""

    found: tuple[LayoutRegion, ...] = ()


class RegionsRecipe:
    """See ``Recipe``. The text layer is used for regions alone that the model answered with nothing."""

    def __init__(self, options: RecipeOptions, profile: Profile, layout: PageLayout) -> None:
        self.name = profile.name
        self._options = options
        self._profile = profile
        self._layout = layout
        self._sampling = profile.sampling.sampling()

    def prepare(self, page: PageImage, layer: TextLayer | None) -> PreparedPage:
        """Detect the page's regions; the first request is that of the first region with a prompt."""
        found = tuple(self._layout.regions(page.image)[: self._options.limits.max_blocks])
        found = found or (LayoutRegion("text", WHOLE_PAGE),)
        first = next((one for one in found if self._prompt_for(one.type)), None)
        request = self._request(first, page.image) if first else None
        return _RegionPage(
            page.index,
            page.width,
            page.height,
            PackedImage(page),
            request or VisionRequest("text", "", _NO_PICTURE, self._sampling),
            layer,
            overview=_overview(page),
            found=found,
        )

    async def read(self, page: PreparedPage, session: ModelClient) -> Reading:
        """Request every region that has a prompt, concurrently."""
        found = page.found if isinstance(page, _RegionPage) else (LayoutRegion("text", WHOLE_PAGE),)
        image = await session.compute(page.take_image)
        requests = await session.compute(self._requests, image, found)
        numbers = list(requests)
        answers = await gather([partial(self._ask, session, requests, number) for number in numbers])
        answered = dict(zip(numbers, answers, strict=True))
        return await session.compute(self._reading, page, image, found, answered)

    def _reading(
        self,
        page: PreparedPage,
        image: Image.Image,
        found: tuple[LayoutRegion, ...],
        answers: dict[int, Answer],
    ) -> Reading:
        blocks = [_block(one, answers.get(number)) for number, one in enumerate(found)]
        if page.layer is not None:
            regions = [
                AnsweredRegion(block.type, block.bbox, "model" if block.content else None, True, answer)
                for block, answer in zip(blocks, map(answers.get, range(len(blocks))), strict=True)
            ]
            for number, text in texts_for_empty(page, self._options.text, regions).items():
                blocks[number] = with_layer_text(blocks[number], text)
        return with_figures(image, blocks, None)

    async def _ask(
        self, session: ModelClient, requests: dict[int, VisionRequest], number: int
    ) -> QualityAnswer | LostBlock:
        return await ask_about_block(
            session,
            requests.pop(number),
            attempts=self._options.quality_attempts,
            max_chars=self._options.limits.max_reply_chars,
        )

    def _requests(self, image: Image.Image, found: tuple[LayoutRegion, ...]) -> dict[int, VisionRequest]:
        requests = {}
        for number, one in enumerate(found):
            request = self._request(one, image)
            if request is not None:
                requests[number] = request
        return requests

    def _prompt_for(self, block_type: str) -> str:
        """The prompt for a kind of block; empty for one that is not requested."""
        prompts = self._profile.prompts
        if block_type in ("image", "chart"):
            return prompts.get("chart", "") if block_type == "chart" else ""
        if block_type == "table":
            return prompts.get("table") or prompts["text"]
        if block_type == "equation":
            return prompts.get("equation") or prompts["text"]
        return prompts["text"]

    def _request(self, one: LayoutRegion, image: Image.Image) -> VisionRequest | None:
        prompt = self._prompt_for(one.type)
        crop = region(image, one.bbox) if prompt else None
        if crop is None:
            return None
        size = self._profile.image.size(*crop.size)
        if size != crop.size:
            crop = crop.resize(size)
        data, media_type = encode(crop, self._options.image_format)
        return self._profile.vision_request(one.type, prompt, data, media_type, self._sampling)


def _overview(page: PageImage) -> bytes:
    """The page at the size at which whole pages are sent to models."""
    share = min(1.0, _OVERVIEW / max(page.image.size))
    width, height = (max(1, round(side * share)) for side in page.image.size)
    return png(shrunk(page, (width, height)))


def _block(one: LayoutRegion, answer: QualityAnswer | LostBlock | None) -> Block:
    if answer is None:
        return Block(one.type, one.bbox, 0)
    if isinstance(answer, LostBlock):
        return Block(one.type, one.bbox, 0, flaw=answer.flaw)
    content = _content(one.type, answer.text) or None
    return Block(one.type, one.bbox, 0, content, flaw=answer.flaw, confidence=answer.confidence)


def _content(block_type: str, text: str) -> str:
    text = text.strip()
    if block_type == "equation":
        return display_equation(text)
    if block_type != "table":
        return text
    return plain_table_of_otsl(text) if OTSL_CELL.search(text) else table_of_text(text)
