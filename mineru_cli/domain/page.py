"""The result of a page: its blocks, or the reason of its failure."""

from __future__ import annotations

from dataclasses import dataclass, field

from mineru_cli.domain.block import Block
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.flaws import FLAWS, PageFlaw, is_lost

UNKNOWN_SIZE = (612.0, 792.0)
"""The size, in points, recorded for a page that could not be loaded: US letter."""


@dataclass(frozen=True, slots=True)
class PageResult:
    """The result of one page.

    ``index`` is 0-based in the source document. ``width`` and ``height`` are in points (1/72 inch) as
    displayed, after the page's own rotation. If ``failure`` is set, ``blocks`` is empty or, with
    ``fallback``, holds the text layer. ``flaws`` are those of the page as a whole. ``server`` is the last
    server that answered, and ``model`` the model that it served.
    """

    index: int
    width: float
    height: float
    blocks: tuple[Block, ...] = ()
    failure: Failure | None = None
    fallback: bool = False
    requests: int = 0
    retried: int = 0
    seconds: float = 0.0
    flaws: tuple[PageFlaw, ...] = ()
    server: str = ""
    model: str = ""

    @property
    def loss(self) -> Failure | None:
        """Why the page is incomplete: the first flaw of severity ``lost``, the page's before its blocks'."""
        lost = [flaw for flaw in self.flaws if flaw.lost]
        if lost:
            return Failure(lost[0].code, lost[0].text, FLAWS[lost[0].code].hint)
        codes = [block.flaw for block in self.blocks if block.flaw is not None and is_lost(block.flaw)]
        if not codes:
            return None
        kind = FLAWS[codes[0]]
        more = f" ({len(codes)} regions of the page)" if len(codes) > 1 else ""
        return Failure(kind.code, kind.message + more, kind.hint)

    @property
    def flaw_count(self) -> int:
        """Flawed blocks and flaws of the page."""
        return len(self.flaws) + sum(block.flaw is not None for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of a recipe for a page.

    ``figures`` are the crops to be saved, JPEG bytes by file name; ``flaws`` are those of the page as a
    whole.
    """

    blocks: tuple[Block, ...]
    figures: dict[str, bytes] = field(default_factory=dict)
    flaws: tuple[PageFlaw, ...] = ()
