"""MinerU2.5: first the layout of the page, then all blocks with content, concurrently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from PIL import Image

from mineru_cli.domain.block import Source
from mineru_cli.domain.flaws import UNREAD_FORMULA
from mineru_cli.domain.page import Reading
from mineru_cli.domain.request import ModelClient, Sampling, VisionRequest
from mineru_cli.errors import InvalidReply, PageNotRecognised, RequestRejected
from mineru_cli.pages.coverage import is_mostly_picture
from mineru_cli.pages.leftover import unread
from mineru_cli.pages.page import PageImage
from mineru_cli.pages.page_words import with_words
from mineru_cli.pages.pixels.encode import encode
from mineru_cli.pages.pixels.packed_image import PackedImage, shrunk
from mineru_cli.pages.textlayer import TextLayer, texts_in, trustworthy
from mineru_cli.pages.writing import writing_of
from mineru_cli.recipes import vl
from mineru_cli.recipes.asking import (
    QualityAnswer,
    any_text,
    ask_about_block,
    ask_with_quality_retries,
    gather,
)
from mineru_cli.recipes.figures import PageFigures
from mineru_cli.recipes.layer_text import (
    Answer,
    AnsweredRegion,
    LayerText,
    is_empty,
    put_text_for_empty,
    texts_for_empty,
)
from mineru_cli.recipes.layout import counts_boxes, parse_layout, put_kind_confidence, shows_boxes
from mineru_cli.recipes.mineru_blocks import (
    FIGURE_TYPES,
    TEXT_TYPES,
    finished,
    put_answer,
    put_layer_text,
    put_undrawn_text,
)
from mineru_cli.recipes.part_blocks import images_of, joined
from mineru_cli.recipes.recipe import PreparedPage, RecipeOptions

if TYPE_CHECKING:
    from mineru_cli.recipes.crops import Crop

# Also defined in mineru-vl-utils; repeated here so that the first request of a run does not wait for the
# library to load. A test keeps both equal.
LAYOUT_SIZE = (1036, 1036)
LAYOUT_PROMPT = "\nLayout Detection:"
SYSTEM_PROMPT = "You are a helpful assistant."
LAYOUT_SAMPLING = Sampling(
    temperature=0.0,
    top_p=0.01,
    top_k=1,
    presence_penalty=0.0,
    frequency_penalty=0.0,
    repetition_penalty=1.0,
    no_repeat_ngram_size=100,
)


PLACED = frozenset({"table", "code"})
"""Types of blocks for which a server can use where their words stand."""


@dataclass(slots=True)
class _Questions:
    """A page's blocks and their requests. ``requests`` maps the block's index to its request."""

    blocks: list[Any]
    figures: PageFigures
    requests: dict[int, VisionRequest] = field(default_factory=dict)


class MinerURecipe:
    """The two-step protocol of MinerU2.5. See ``Recipe``."""

    name = "mineru"

    def __init__(self, options: RecipeOptions) -> None:
        self._options = options

    def prepare(self, page: PageImage, layer: TextLayer | None) -> PreparedPage:
        """Resize the page to the layout's square and build the layout request."""
        trusted = layer is not None and self._options.text != "model" and trustworthy(layer)
        prompt = LAYOUT_PROMPT
        if layer is not None and trusted and self._options.page_words and page.parts is None:
            prompt = with_words(prompt, layer.words)
        pictures = [(area, shrunk(part, LAYOUT_SIZE)) for area, part in images_of(page)]
        first, *more = (self._request("layout", prompt, LAYOUT_SAMPLING, picture) for _, picture in pictures)
        looked_at = page.parts is not None or is_mostly_picture(first.image, page.text.characters)
        return PreparedPage(
            page.index,
            page.width,
            page.height,
            PackedImage(page),
            first,
            layer,
            trusted,
            parts=page.parts,
            part_requests=tuple(more),
            text=page.text,
            writing=tuple(writing_of(picture, area) for area, picture in pictures) if looked_at else (),
        )

    async def read(self, page: PreparedPage, session: ModelClient) -> Reading:
        """Request the layout, cut the blocks, request each, and assemble the page."""
        requests = (page.request, *page.part_requests)
        replies = await gather([partial(self._ask, session, one, usable=shows_boxes) for one in requests])
        layouts = [layout for layout in replies if layout is not None]
        if len(layouts) < len(replies):
            raise PageNotRecognised("the model answered with prose instead of a layout, however it was asked")
        questions = await session.compute(self._questions, page, layouts)
        numbers = list(questions.requests)
        answers = await gather(
            [partial(self._ask_block, session, questions.requests, number) for number in numbers]
        )
        answered = dict(zip(numbers, answers, strict=True))
        return await session.compute(self._reading, page, questions, answered)

    async def _ask(
        self, session: ModelClient, request: VisionRequest, usable: Callable[[str], bool] = any_text
    ) -> QualityAnswer | None:
        return await ask_with_quality_retries(
            session,
            request,
            attempts=self._options.quality_attempts,
            max_chars=self._options.limits.max_reply_chars,
            usable=usable,
        )

    async def _ask_block(
        self, session: ModelClient, requests: dict[int, VisionRequest], number: int
    ) -> Answer:
        request = requests.pop(number)  # its picture is not needed any longer
        if request.kind in ("image", "chart") or self._is_unread(request.kind):
            return await self._optional(session, request)
        return await ask_about_block(
            session,
            request,
            attempts=self._options.quality_attempts,
            max_chars=self._options.limits.max_reply_chars,
        )

    def _is_unread(self, block_type: str) -> bool:
        """Whether the block is a formula and the server reads none."""
        return block_type == "equation" and not self._options.formulas

    def _read_as(self, block_type: str) -> str:
        """The kind of block whose prompt is used."""
        return "text" if self._is_unread(block_type) else block_type

    async def _optional(self, session: ModelClient, request: VisionRequest) -> QualityAnswer:
        """The content of a picture. The picture itself is kept, so nothing is lost without an answer."""
        try:
            return await self._ask(session, request) or QualityAnswer("")
        except (RequestRejected, InvalidReply):
            return QualityAnswer("")

    def _questions(self, page: PreparedPage, layouts: list[QualityAnswer]) -> _Questions:
        from mineru_cli.recipes.crops import crops

        shown = page.take_page()
        blocks = joined([self._blocks(layout) for layout in layouts], page.parts)
        from_layer = self._from_layer(page, shown, blocks)
        boxes = [tuple(block.bbox) for block in blocks if block.type in FIGURE_TYPES]
        questions = _Questions(blocks, PageFigures(shown, boxes))
        words = self._placed_words(page, shown, blocks)
        for crop in crops(shown.image, blocks, from_layer, image_analysis=self._options.image_analysis):
            request = self._block_request(blocks[crop.number].type, crop, words.get(crop.number, ""))
            questions.requests[crop.number] = request
        return questions

    def _placed_words(self, page: PreparedPage, shown: PageImage, blocks: list[Any]) -> dict[int, str]:
        """For tables and programs that show only what the text layer holds: that text, for their prompts."""
        layer = page.layer
        if layer is None or not (page.layer_trusted and self._options.page_words):
            return {}
        placed = [n for n, block in enumerate(blocks) if block.type in PLACED and not block.angle]
        boxes = [tuple(blocks[number].bbox) for number in placed]
        more = unread(shown, layer.words, boxes)
        return {
            number: with_words("", layer.words, box, complete=True)
            for number, box, unread_ink in zip(placed, boxes, more, strict=True)
            if not unread_ink
        }

    def _blocks(self, layout: QualityAnswer) -> list[Any]:
        from mineru_cli.recipes.crops import drop_inner_captions

        blocks = drop_inner_captions(parse_layout(layout.text, self._options.limits.max_blocks))
        if layout.tokens:
            put_kind_confidence(blocks, layout.text, layout.tokens)
        if layout.text.strip() and not blocks:
            raise PageNotRecognised("the model's layout names no kind of block that is known")
        cut = layout.flaw is not None or counts_boxes(layout.text) > self._options.limits.max_blocks
        if cut and blocks:
            blocks[-1]["flaw"] = "truncated"  # what should follow it is missing
        return blocks

    def _from_layer(self, page: PreparedPage, shown: PageImage, blocks: list[Any]) -> set[int]:
        """Fill in text from the page's text layer. Adds blocks for text that the picture does not show."""
        layer = page.layer
        if layer is None or not page.layer_trusted:
            return set()
        strict = self._options.text != "layer"
        textual = [block for block in blocks if block.type in TEXT_TYPES and not block.angle]
        found = texts_in(layer, [tuple(block.bbox) for block in textual], strict=strict)
        read = [(block, text) for block, text in zip(textual, found, strict=True) if text is not None]
        more = unread(shown, layer.words, [tuple(block.bbox) for block, _ in read] if strict else [])
        for (block, text), unread_ink in zip(read, more or [False] * len(read), strict=True):
            if not unread_ink:
                put_layer_text(block, text)
        # A block without words of its own is a duplicate of what smaller ones hold.
        blocks[:] = [block for block in blocks if block.content != "" or block.get("source") != "layer"]
        put_undrawn_text(blocks, layer)
        page.flaws = tuple(flaw for flaw in page.flaws if flaw.code != "missing-font")
        return {number for number, block in enumerate(blocks) if block.get("source") == "layer"}

    def _block_request(self, block_type: str, crop: Crop, words: str = "") -> VisionRequest:
        read_as = self._read_as(block_type)
        prompt = vl.prompt_for(read_as) + words
        return self._request(block_type, prompt, vl.sampling_for(read_as), crop.image)

    def _request(self, kind: str, prompt: str, sampling: Sampling, image: Image.Image) -> VisionRequest:
        data, media_type = encode(image, self._options.image_format)
        return VisionRequest(
            kind, prompt, data, sampling, SYSTEM_PROMPT, media_type, skip_special_tokens=False
        )

    def _reading(self, page: PreparedPage, questions: _Questions, answers: dict[int, Answer]) -> Reading:
        blocks = questions.blocks
        from_layer = {} if page.layer is None else self._texts_for_empty(page, blocks, answers)
        for number, answer in answers.items():
            if number in from_layer:
                put_text_for_empty(blocks[number], answer, from_layer[number], questions.figures)
            else:
                put_answer(blocks[number], answer, questions.figures)
        for block in blocks:
            if self._is_unread(block.type):
                block["flaw"] = UNREAD_FORMULA
        return finished(blocks, questions.figures, formula_wrap=self._options.table_formula_wrap)

    def _texts_for_empty(
        self, page: PreparedPage, blocks: list[Any], answers: dict[int, Answer]
    ) -> dict[int, LayerText]:
        regions = [self._region(block, answers.get(number)) for number, block in enumerate(blocks)]
        return texts_for_empty(page, self._options.text, regions)

    def _region(self, block: Any, answer: Answer | None) -> AnsweredRegion:
        read_as = self._read_as(block.type)
        read = answer is not None and not is_empty(read_as, answer)
        source: Source | None = block.get("source") or ("model" if read else None)
        return AnsweredRegion(read_as, tuple(block.bbox), source, not block.angle, answer)


def samplings() -> dict[str, Sampling]:
    """The sampling parameters by kind of request."""
    return {
        "layout": LAYOUT_SAMPLING,
        **{kind: vl.sampling_for(kind) for kind in ("text", "table", "equation", "image")},
    }


def cell_merge_request(prompt: str) -> VisionRequest:
    """The request for the cells of a table that continue on the next page: text only."""
    return VisionRequest(
        "cell-merge",
        prompt,
        b"",
        vl.sampling_for("[cross_page_table_merge]"),
        SYSTEM_PROMPT,
        skip_special_tokens=False,
    )
