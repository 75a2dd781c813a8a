"""A block: one region of a page and its content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mineru_cli.domain.confidence import Confidence
from mineru_cli.domain.flaws import BlockFlaw

BBox = tuple[float, float, float, float]
"""x0, y0, x1, y1 as shares of the page, 0-1, origin top left, x0 < x1 and y0 < y1."""

Angle = Literal[0, 90, 180, 270]
Source = Literal["model", "layer"]
Flaw = BlockFlaw

PAGE_FURNITURE = frozenset({"header", "footer", "page_number", "aside_text", "page_footnote"})
"""Block types that belong to the page, not to the text: in the JSON files, but not in the Markdown."""

VISUAL_TYPES = frozenset({"image", "chart", "table", "equation"})
"""Block types whose crop is saved as an image next to the Markdown."""


@dataclass(frozen=True, slots=True)
class Block:
    """One region of a page.

    ``type`` is one of MinerU's block types (``mineru_vl_utils.structs.BLOCK_TYPES``). ``content`` is plain
    text for text-like types, HTML for tables, LaTeX for equations, None for types without text (images).
    ``figure`` is the file name of the saved crop (``<sha256>.jpg``), empty when there is none. ``flaw`` is
    the code of a known defect of ``content``: see ``domain.flaws``. ``sub_type`` is the model's class of a
    picture ("bar", "natural_image"), None without a request for it. ``cell_merge`` has one number per column
    of a table: 1 if its first cell continues the previous page's table, else 0. ``dropped`` is text of the
    reply that post-processing removes; it is written to the files nevertheless. ``confidence`` is set with
    ``--confidence``, if the model read the block and the server returns probabilities.
    """

    type: str
    bbox: BBox
    angle: Angle | None = 0
    content: str | None = None
    merge_prev: bool = False
    source: Source = "model"
    figure: str = ""
    flaw: Flaw | None = None
    sub_type: str | None = None
    cell_merge: tuple[int, ...] | None = None
    dropped: str = ""
    confidence: Confidence | None = None
