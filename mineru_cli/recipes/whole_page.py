"""What recipes share that read a page with one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mineru_cli.domain.block import VISUAL_TYPES, BBox, Block, Flaw
from mineru_cli.domain.page import Reading
from mineru_cli.recipes.figures import Figures

if TYPE_CHECKING:
    from PIL import Image

WHOLE_PAGE: BBox = (0.0, 0.0, 1.0, 1.0)
"""The place of a block whose place is not known."""


def with_figures(page: Image.Image, blocks: Sequence[Block], flaw: Flaw | None) -> Reading:
    """The page's reading with its figures cut out."""
    figures = Figures()
    cut = [
        replace(block, figure=figures.cut(page, block.bbox)) if _is_figure(block) else block
        for block in blocks
    ]
    return Reading(flawed_at_end(cut, flaw), figures.files)


def _is_figure(block: Block) -> bool:
    """Whether to cut it out: not when its place is unknown, for that would be the whole page."""
    return block.type in VISUAL_TYPES and block.bbox != WHOLE_PAGE


def flawed_at_end(blocks: Sequence[Block], flaw: Flaw | None) -> tuple[Block, ...]:
    """The blocks with the flaw on the last one: a reply that was cut is whole up to there."""
    if flaw is None or not blocks:
        return tuple(blocks)
    return (*blocks[:-1], replace(blocks[-1], flaw=flaw))


def display_equation(latex: str) -> str:
    """LaTeX as MinerU keeps it in blocks, between brackets on lines of their own; empty when none."""
    for opening, closing in (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$")):
        latex = latex.strip()
        if len(latex) > len(opening) + len(closing) and latex.startswith(opening) and latex.endswith(closing):
            latex = latex[len(opening) : -len(closing)]
            break
    return f"\\[\n{latex.strip()}\n\\]" if latex.strip() else ""
