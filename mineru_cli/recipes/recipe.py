"""The interface of recipes, and their options."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from mineru_cli.domain.flaws import PageFlaw
from mineru_cli.domain.page import Reading
from mineru_cli.domain.request import ModelClient, VisionRequest
from mineru_cli.pages.page import NO_TEXT, PageImage, TextSample
from mineru_cli.pages.parts import Parts
from mineru_cli.pages.pixels.encode import ImageFormat
from mineru_cli.pages.pixels.packed_image import PackedImage
from mineru_cli.pages.textlayer import TextLayer
from mineru_cli.pages.writing import Writing
from mineru_cli.settings import Limits, TextMode

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class RecipeOptions:
    """Options of all recipes. ``quality_attempts`` is the number of attempts per request.

    For the MinerU recipe alone: ``image_analysis`` requests the content of pictures and charts,
    ``table_formula_wrap`` marks formulas in table cells, ``page_words`` sends the words of a trusted text
    layer along, for servers that use them. Without ``formulas``, for servers that read none, the characters
    of displayed formulas are kept as text and marked as such.
    """

    text: TextMode
    image_format: ImageFormat
    limits: Limits
    quality_attempts: int
    image_analysis: bool = True
    table_formula_wrap: bool = True
    page_words: bool = False
    formulas: bool = True


@dataclass(slots=True)
class PreparedPage:
    """A page that is ready for its requests.

    ``image`` is None once its crops are cut: images take most of the memory. ``request`` is the first
    request. ``layer`` is the page's text layer; with ``layer_trusted`` blocks may be read from it. ``flaws``
    are those known before any request: of the page's image and of its text layer. ``overview`` is the encoded
    picture of the whole page where ``request`` does not show that; ``known_replies`` are good ones of an
    earlier run, see ``PageSession``. ``part_requests`` are the first requests for all ``parts`` but the
    first, column by column. ``text`` and ``writing`` are for the coverage check, see
    ``pages.coverage.PageEvidence``.
    """

    index: int
    width: float
    height: float
    image: PackedImage | None
    request: VisionRequest
    layer: TextLayer | None = None
    layer_trusted: bool = False
    flaws: tuple[PageFlaw, ...] = ()
    overview: bytes = b""
    known_replies: dict[str, str] = field(default_factory=dict)
    parts: Parts | None = None
    part_requests: tuple[VisionRequest, ...] = ()
    text: TextSample = NO_TEXT
    writing: tuple[Writing, ...] = ()

    def take_page(self) -> PageImage:
        """The page and its image, which this call removes from it, as well as its first request's picture."""
        if self.image is None:
            raise RuntimeError("the page's image was taken before")
        held, self.image = self.image, None
        self.request = replace(self.request, image=b"")
        self.part_requests = ()
        return held.page()

    def take_image(self) -> Image.Image:
        """The image of ``take_page``."""
        return self.take_page().image


class Recipe(Protocol):
    """How one kind of model reads a page."""

    name: str

    def prepare(self, page: PageImage, layer: TextLayer | None) -> PreparedPage:
        """Build the first request. CPU work: runs in the page thread."""
        ...

    async def read(self, page: PreparedPage, session: ModelClient) -> Reading:
        """Send the requests and parse the replies.

        Raises ``PageNotRecognised`` when no attempt gave a usable answer, and what ``session.ask`` raises,
        except for single blocks that the server rejects: those are kept with a flaw.
        """
        ...
