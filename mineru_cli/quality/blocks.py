"""The values that are compared: documents of pages of blocks, from any writer."""

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
    """One block as written.

    ``text`` is Markdown, HTML for a table, LaTeX for a formula. ``type`` is the writer's name for it.
    ``level`` is the heading level, 0 if not a heading. ``extra`` marks additional text: text that this writer
    keeps and MinerU drops.
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

    ``paged`` is False for Markdown, which has no pages and is one page here. ``page_count`` is None unless
    the writer recorded it (empty pages have no blocks). ``failed_pages`` are those that the writer marked as
    not converted.
    """

    path: str
    pages: tuple[Page, ...]
    paged: bool = True
    page_count: int | None = None
    failed_pages: tuple[int, ...] = ()


def as_one_page(document: Document) -> Document:
    """The same blocks on a single page, for the comparison with a document without pages.

    Boxes are left out: those of several pages would overlap. Types of text are left out as well: what is a
    list in Markdown may be a paragraph that begins with a bullet among a page's blocks.
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
