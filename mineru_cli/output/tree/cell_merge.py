"""Questions about tables that run over pages: which cells of a page's last row continue on the next page.

The prompt and what counts as an answer are those of ``mineru_vl_utils.post_process.cross_page_table``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mineru_cli.domain.block import Block
from mineru_cli.domain.page import PageResult
from mineru_cli.output.tree import table_rows as rows_of
from mineru_cli.output.tree.table_rows import CellExtent
from mineru_cli.output.tree.table_state import TableState, edges_match, header_rows, widths_match

_BESIDE_TABLES = frozenset(
    {
        "table_caption", "table_footnote", "image_caption", "image_footnote",
        "header", "footer", "page_number", "page_footnote",
    }
)  # fmt: skip
_WINDOW = 64
"""MinerU processes documents in windows of this many pages, and never requests a merge across two windows."""
_FLAGS = re.compile(r"\[[\s\d,]+\]")
_PROMPT = """Please merge the next two tables.

## Table 1 (Previous Page - Last Table)

**Caption:** (No caption)
**Last Row(s) Data:**
[{last}]

---

## Table 2 (Current Page - First Table)

**Caption:** (No caption)
**First Data Row(s):**
[{first}]"""


@dataclass(frozen=True, slots=True)
class CellMergeQuestion:
    """What to ask about the table that is ``block`` of ``page``. ``segments`` are the row above it."""

    page: int
    block: int
    prompt: str
    segments: tuple[CellExtent, ...]

    def answer(self, reply: str) -> tuple[int, ...] | None:
        """For each column whether its cell continues, None when the reply is not usable."""
        found = _FLAGS.search(reply)
        if found is None:
            return None
        try:
            flags = json.loads(found[0])
        except ValueError:
            return None
        if len(flags) != len(self.segments) or any(flag not in (0, 1) for flag in flags):
            return None
        merged = [0] * max(segment.stop for segment in self.segments)
        for flag, segment in zip(flags, self.segments, strict=True):
            if flag:
                merged[segment.start : segment.stop] = [1] * (segment.stop - segment.start)
        return tuple(merged)


def questions(pages: Iterable[PageResult]) -> Iterator[CellMergeQuestion]:
    """The requests for a document. ``pages`` is read lazily, in page order; one table is kept of each."""
    earlier: tuple[int, Block] | None = None
    for page in pages:
        follows = earlier is not None and earlier[0] == page.index - 1 and page.index % _WINDOW
        first = _edge_table(page.blocks)
        if earlier is not None and follows and first is not None:
            question = _question(earlier[1], page, first)
            if question is not None:
                yield question
        last = _edge_table(page.blocks[::-1])
        earlier = None if last is None else (page.index, page.blocks[-1 - last])


def _edge_table(blocks: Sequence[Block]) -> int | None:
    for number, block in enumerate(blocks):
        if block.type == "table":
            return number
        if block.type not in _BESIDE_TABLES:
            return None
    return None


def _question(upper: Block, page: PageResult, number: int) -> CellMergeQuestion | None:
    lower = page.blocks[number]
    if not widths_match(upper.bbox, lower.bbox):
        return None
    above, below = TableState.of(upper.content), TableState.of(lower.content)
    if above is None or below is None:
        return None
    try:
        if not edges_match(above, below):
            return None
        header = header_rows(above, below)
        if above.last_filled is None or header not in below.front_metrics:
            return None
        last = rows_of.segments(above.rows, above.last_filled.row)
        first = rows_of.segments(below.rows, header)
    except ValueError:
        return None
    if not last or len(last) != len(first):
        return None
    return CellMergeQuestion(page.index, number, prompt(last, first), tuple(last))


def prompt(last: Sequence[CellExtent], first: Sequence[CellExtent]) -> str:
    """The prompt for the last row of one page and the first row of the next."""
    return _PROMPT.format(last=[segment.text for segment in last], first=[segment.text for segment in first])
