"""Any vision model: one request a page that asks for Markdown.

Nothing is known about places. Blocks get bands over the page's full width, from top to bottom, as high as
their share of the text: an order to read, no position to cut pictures from.
"""

from __future__ import annotations

from PIL import Image

from mineru_cli.domain.page import Reading
from mineru_cli.domain.request import Sampling, Session, VisionRequest
from mineru_cli.errors import PageNotRecognised
from mineru_cli.pages.page import PageImage
from mineru_cli.pages.pixels.encode import encode
from mineru_cli.pages.pixels.shrink import shrunk
from mineru_cli.pages.textlayer import TextLayer
from mineru_cli.recipes.asking import Answer, ask_well
from mineru_cli.recipes.markdown_blocks import blocks_of
from mineru_cli.recipes.recipe import PreparedPage, RecipeOptions
from mineru_cli.recipes.whole_page import flawed_at_end

LONGEST_SIDE = 1_568
SAMPLING = Sampling(temperature=0.0)
PROMPT = """\
Write down everything that is printed on this page as Markdown, in the order a person reads it.
Headings with #, lists as lists, code in fences, every table as an HTML <table> (with rowspan and colspan \
where cells are merged), displayed formulas as LaTeX between $$ lines, formulas inside text between $ signs.
Leave out running headers, footers and page numbers, and pictures that carry no text.
Copy the words exactly, in their language; do not translate, shorten or explain. Answer with the Markdown \
alone, and with nothing at all if the page is blank."""


class MarkdownRecipe:
    """See ``Recipe``. The text layer is not used: one request reads the whole page either way."""

    name = "markdown"

    def __init__(self, options: RecipeOptions) -> None:
        self._options = options

    def prepare(self, page: PageImage, layer: TextLayer | None) -> PreparedPage:
        """Shrink the page to a size that vision models take and ask for its Markdown."""
        data, media_type = encode(_shrunk(page), self._options.image_format)
        request = VisionRequest("page", PROMPT, data, SAMPLING, None, media_type)
        return PreparedPage(page.index, page.width, page.height, None, request, layer)

    async def read(self, page: PreparedPage, session: Session) -> Reading:
        """Ask for the page's Markdown and split it."""
        limits = self._options.limits
        answer = await ask_well(
            session, page.request, attempts=self._options.quality_attempts, max_chars=limits.max_reply_chars
        )
        if answer is None:
            raise PageNotRecognised("the model gave no usable answer")
        return await session.compute(self._reading, answer)

    def _reading(self, answer: Answer) -> Reading:
        blocks = blocks_of(answer.text, self._options.limits.max_blocks)
        return Reading(flawed_at_end(blocks, answer.flaw))


def _shrunk(page: PageImage) -> Image.Image:
    longest = max(page.image.size)
    if longest <= LONGEST_SIDE:
        return page.image
    width, height = (max(1, round(side * LONGEST_SIDE / longest)) for side in page.image.size)
    return shrunk(page, (width, height))


def samplings() -> dict[str, Sampling]:
    """What is asked with, by kind of question."""
    return {"page": SAMPLING}
