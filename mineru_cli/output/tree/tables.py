"""Joins tables that continue over pages: the last block of a page and the first of the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from mineru_cli.output.tree.fragments import is_continuation
from mineru_cli.output.tree.joined_text import joined
from mineru_cli.output.tree.node import Node, TreeSpan
from mineru_cli.output.tree.page import PageTree
from mineru_cli.output.tree.table_join import join
from mineru_cli.output.tree.table_state import TableState, edges_match, widths_match


def touch(upper: PageTree, lower: PageTree) -> bool:
    """Whether one page ends and the next starts with a table."""
    return (
        lower.index == upper.index + 1
        and bool(upper.blocks and lower.blocks)
        and upper.blocks[-1].kind == lower.blocks[0].kind == "table"
    )


def join_tables(pages: Sequence[PageTree]) -> None:
    """Join tables over consecutive pages, the last ones first, as MinerU does."""
    states = _States()
    for upper_page, lower_page in reversed(list(pairwise(pages))):
        if not touch(upper_page, lower_page):
            continue
        upper, lower = upper_page.blocks[-1], lower_page.blocks[0]
        lower_state, upper_state = states.of(lower), states.of(upper)
        if upper_state is None or lower_state is None:
            continue
        try:
            if not _may_join(upper, lower, upper_state, lower_state):
                continue
            join(upper_state, lower_state, lower.extras.get("cell_merge"))
        except ValueError:  # spans that are not numbers
            continue
        _take_footnotes(upper_page, upper, lower)
        _free_captions(lower_page, lower)
        _empty(lower)
        lower_state.changed = False  # its rows were moved
    states.write_back()


class _States:
    """Parsed tables, each parsed once however many others it is joined with."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Node, TableState | None]] = {}

    def of(self, table: Node) -> TableState | None:
        if id(table) not in self._known:
            self._known[id(table)] = table, TableState.of(_body_span(table).html)
        return self._known[id(table)][1]

    def write_back(self) -> None:
        """Write the new HTML of the extended tables."""
        for table, state in self._known.values():
            if state is not None and state.changed:
                _body_span(table).html = state.html()


def _empty(table: Node) -> None:
    for part in table.blocks or ():
        part.lines = []
        part.extras["lines_deleted"] = True


def _body(table: Node) -> Node:
    body = table.child("table_body")
    if body is None:
        raise RuntimeError("a table without a body")
    return body


def _body_span(table: Node) -> TreeSpan:
    lines = _body(table).lines
    return lines[0].spans[0] if lines else TreeSpan("table", table.bbox)


def _notes(table: Node, kind: str) -> list[Node]:
    return [part for part in table.blocks or () if part.kind == kind]


def _stands_below(table: Node, caption: Node) -> bool:
    """Whether a caption below the table is not marked as continued: then it is mostly a heading."""
    return caption.bbox[1] >= _body(table).bbox[3] and not is_continuation(joined(caption))


def _may_join(upper: Node, lower: Node, upper_state: TableState, lower_state: TableState) -> bool:
    footnotes = len(_notes(upper, "table_footnote"))
    captions = [note for note in _notes(lower, "table_caption") if not _stands_below(lower, note)]
    if captions:
        if footnotes > 1 or not any(is_continuation(joined(note)) for note in captions):
            return False
    elif footnotes:
        return False
    return widths_match(lower.bbox, upper.bbox) and edges_match(upper_state, lower_state)


def _take_footnotes(page: PageTree, upper: Node, lower: Node) -> None:
    """The joined table has the footnotes of its last part."""
    page.dropped += [_as_text(note) for note in _notes(upper, "table_footnote")]
    kept = [part for part in upper.blocks or () if part.kind != "table_footnote"]
    after = _body(upper).index
    for place, note in enumerate(_notes(lower, "table_footnote"), start=1):
        moved = replace(note, index=None if after is None else after + place, extras=dict(note.extras))
        moved.extras["cross_page"] = True
        kept.append(moved)
    upper.blocks = kept


def _as_text(note: Node) -> Node:
    return replace(note, kind="text", merge_prev=None)


def _free_captions(page: PageTree, lower: Node) -> None:
    freed = [note for note in _notes(lower, "table_caption") if _stands_below(lower, note)]
    if not freed:
        return
    page.blocks[1:1] = [_as_text(note) for note in freed]
    lower.blocks = [part for part in lower.blocks or () if not any(part is note for note in freed)]
