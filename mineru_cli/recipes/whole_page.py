"""Models that read a whole page with one request: their differences are in their profiles.

The text layer is not used: one request reads the whole page either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image

from mineru_cli.domain.block import VISUAL_TYPES, Angle, BBox, Block, Flaw
from mineru_cli.domain.flaws import is_lost
from mineru_cli.domain.page import Reading
from mineru_cli.domain.request import ModelClient, Sampling, VisionRequest
from mineru_cli.errors import PageNotRecognised
from mineru_cli.pages.page import PageImage
from mineru_cli.pages.pixels.encode import encode
from mineru_cli.pages.pixels.packed_image import PackedImage, shrunk
from mineru_cli.pages.textlayer import TextLayer
from mineru_cli.recipes.asking import QualityAnswer, ask_with_quality_retries, hotter_sampling
from mineru_cli.recipes.figures import Figures
from mineru_cli.recipes.profiles.profile import Profile
from mineru_cli.recipes.readers.reader import WHOLE_PAGE, SeenPage
from mineru_cli.recipes.readers.registry import make_reader
from mineru_cli.recipes.recipe import PreparedPage, RecipeOptions

if TYPE_CHECKING:
    from collections.abc import Callable

_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
"""By degrees clockwise; Pillow rotates counter-clockwise."""


class WholePageRecipe:
    """See ``Recipe``. One request per page, and a second one where the model asks for a rotation."""

    def __init__(self, options: RecipeOptions, profile: Profile) -> None:
        self.name = profile.name
        self._options = options
        self._profile = profile
        self._reader = make_reader(profile.reader)
        self._sampling = profile.sampling.sampling()

    def prepare(self, page: PageImage, layer: TextLayer | None) -> PreparedPage:
        """Resize the page as the model's own processor would, so that boxes refer to the pixels sent."""
        size = self._profile.image.size(*page.image.size)
        picture = page.image if size == page.image.size else shrunk(page, size)
        # Without boxes nothing is cut out, and the page's image is freed.
        held = None if self._profile.box_scale is None else PackedImage(page)
        return PreparedPage(page.index, page.width, page.height, held, self._request(picture), layer)

    async def read(self, page: PreparedPage, session: ModelClient) -> Reading:
        """Request the page and parse the reply."""
        answer = await self._ask(session, page.request)
        turn = self._reader.turn(answer.text)
        if not turn or page.image is None:
            return await session.compute(self._reading, page, answer, 0)
        turned = await session.compute(self._turned_request, page, turn)
        return await session.compute(self._reading, page, await self._ask(session, turned), turn)

    async def _ask(self, session: ModelClient, request: VisionRequest) -> QualityAnswer:
        answer = await ask_with_quality_retries(
            session,
            request,
            attempts=self._options.quality_attempts,
            max_chars=self._options.limits.max_reply_chars,
            usable=self._reader.usable,
            sampling_of=self._sampling_of(),
        )
        if answer is None:
            raise PageNotRecognised(
                f"the model's replies do not have the form of {self._profile.title} in any attempt"
            )
        return answer

    def _sampling_of(self) -> Callable[[Sampling, int], Sampling]:
        temperatures = self._profile.temperatures
        if not temperatures:
            return hotter_sampling
        return lambda sampling, attempt: replace(
            sampling, temperature=temperatures[min(attempt, len(temperatures) - 1)]
        )

    def _request(self, picture: Image.Image) -> VisionRequest:
        data, media_type = encode(picture, self._options.image_format)
        return self._profile.vision_request("page", self._profile.prompt, data, media_type, self._sampling)

    def _turned_request(self, page: PreparedPage, turn: int) -> VisionRequest:
        if page.image is None:
            raise RuntimeError("the page's image was taken before")
        image = page.image.image().transpose(_TURNS[turn])
        size = self._profile.image.size(*image.size)
        return self._request(image if size == image.size else image.resize(size, Image.Resampling.BICUBIC))

    def _reading(self, page: PreparedPage, answer: QualityAnswer, turn: int) -> Reading:
        image = page.take_image() if page.image is not None else None
        width, height = image.size if image is not None else (round(page.width), round(page.height))
        if turn in (90, 270):
            width, height = height, width
        scale = self._profile.box_scale
        across, down = self._profile.image.size(width, height)
        seen = SeenPage(across, down, None if scale == "pixels" else scale)
        blocks = self._reader.blocks(answer.text, seen, self._options.limits.max_blocks)
        if turn:
            blocks = [_turned_back(block, turn) for block in blocks]
        if blocks and (sure := answer.confidence):  # one reply wrote all of them
            blocks = [replace(block, confidence=sure.shared(len(blocks))) for block in blocks]
        if image is None:
            return Reading(flawed_at_end(blocks, answer.flaw))
        return with_figures(image, blocks, answer.flaw)


def _turned_back(block: Block, turn: int) -> Block:
    """Map a block of the rotated page back to the page; its angle is the direction of its text."""
    x0, y0, x1, y1 = block.bbox
    places: dict[int, BBox] = {
        90: (y0, 1 - x1, y1, 1 - x0),
        180: (1 - x1, 1 - y1, 1 - x0, 1 - y0),
        270: (1 - y1, x0, 1 - y0, x1),
    }
    angles: dict[int, Angle] = {90: 90, 180: 180, 270: 270}
    return replace(block, bbox=places[turn], angle=angles[turn])


def with_figures(page: Image.Image, blocks: Sequence[Block], flaw: Flaw | None) -> Reading:
    """The page's blocks with their figures cut out, and the regions whose content was lost."""
    figures = Figures()
    cut = [
        replace(block, figure=figures.cut(page, block.bbox)) if _is_figure(block) else block
        for block in blocks
    ]
    return Reading(flawed_at_end(cut, flaw), figures.files)


def _is_figure(block: Block) -> bool:
    """Whether to cut it out: not when its box is unknown, because that would be the whole page."""
    return (block.type in VISUAL_TYPES or is_lost(block.flaw)) and block.bbox != WHOLE_PAGE


def flawed_at_end(blocks: Sequence[Block], flaw: Flaw | None) -> tuple[Block, ...]:
    """The blocks with the flaw on the last one: a truncated reply is complete up to there."""
    if flaw is None or not blocks:
        return tuple(blocks)
    return (*blocks[:-1], replace(blocks[-1], flaw=flaw))
