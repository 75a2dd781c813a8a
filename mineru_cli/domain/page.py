"""A page's result: what was read on it, or why nothing could be."""

from __future__ import annotations

from dataclasses import dataclass, field

from mineru_cli.domain.block import Block
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.flaws import FLAWS, PageFlaw, is_lost


@dataclass(frozen=True, slots=True)
class PageResult:
    """What became of one page.

    ``index`` counts from 0 in the source document. ``width`` and ``height`` are in points (1/72 inch) as
    displayed, after the page's own rotation. ``failure`` set means that ``blocks`` is empty, or holds the
    text-layer fallback when ``fallback`` is true. ``flaws`` are those of the page as a whole. ``server``
    answered (the last of several), as ``model``.
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
        """Why the page is incomplete: the first flaw that lost content, the page's own before its blocks'."""
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
    """What a recipe read on a page.

    ``figures`` are the crops to be saved, file name to JPEG bytes; ``flaws`` those of the page as a whole.
    """

    blocks: tuple[Block, ...]
    figures: dict[str, bytes] = field(default_factory=dict)
    flaws: tuple[PageFlaw, ...] = ()
