"""What is compared: documents of pages of blocks, whoever wrote them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in thousandths of the page, origin top left."""


class Kind(str, Enum):
    """How a block is scored. ``ASIDE`` (headers, footers, page numbers, notes) is reported, not scored."""

    TEXT = "text"
    TABLE = "table"
    FORMULA = "formula"
    IMAGE = "image"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class ComparedBlock:
    """One block as its writer left it.

    ``text`` is Markdown, HTML for a table, LaTeX for a formula. ``type`` is the writer's own name for it.
    ``level`` is the heading level, 0 for no heading. ``extra`` marks additional text: what this writer keeps
    and MinerU drops.
    """

    kind: Kind
    type: str
    text: str
    level: int = 0
    box: Box | None = None
    extra: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page, ``index`` counted from 0. Blocks are in reading order."""

    index: int
    blocks: tuple[ComparedBlock, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a run.

    ``paged`` is False for Markdown, which does not know its pages and is one page here. ``page_count`` is
    known only where the writer left it (empty pages leave no blocks), else None. ``failed_pages`` are those
    that the writer itself says it could not convert.
    """

    path: str
    pages: tuple[Page, ...]
    paged: bool = True
    page_count: int | None = None
    failed_pages: tuple[int, ...] = ()


def as_one_page(document: Document) -> Document:
    """The same blocks on a single page, for the comparison with a document without pages.

    Boxes of several pages would lie on top of each other: they are left out. Types of text are left out as
    well: Markdown marks a list as such, a page's blocks may have it as a paragraph that begins with a bullet.
    """
    boxes = len(document.pages) == 1
    blocks = tuple(
        replace(
            block,
            type="text" if block.kind is Kind.TEXT else block.type,
            box=block.box if boxes else None,
        )
        for page in document.pages
        for block in page.blocks
    )
    return Document(document.path, (Page(0, blocks),), paged=False)
