"""A page's result: what was read on it, or why nothing could be."""

from __future__ import annotations

from dataclasses import dataclass, field

from mineru_cli.domain.block import Block
from mineru_cli.domain.failure import Failure


@dataclass(frozen=True, slots=True)
class PageResult:
    """What became of one page.

    ``index`` counts from 0 in the source document. ``width`` and ``height`` are in points (1/72 inch) as
    displayed, after the page's own rotation. ``failure`` set means that ``blocks`` is empty, or holds the
    text-layer fallback when ``fallback`` is true.
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


@dataclass(frozen=True, slots=True)
class Reading:
    """What a recipe read on a page, with the crops to be saved: ``figures`` maps file name to JPEG bytes."""

    blocks: tuple[Block, ...]
    figures: dict[str, bytes] = field(default_factory=dict)
