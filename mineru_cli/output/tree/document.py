"""A stream of page results as a stream of page trees, joined over columns and pages.

A page is released as soon as nothing on it can still change: only the pages that an open table or list of
references covers are held, and at most ``_MAX_PAGES`` of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mineru_cli.domain.page import PageResult
from mineru_cli.output.elements import Part
from mineru_cli.output.headings import Levels
from mineru_cli.output.tree.node import Json, Node
from mineru_cli.output.tree.page import PageTree, read_page, size_of
from mineru_cli.output.tree.paragraphs import is_references, join_paragraphs, join_references
from mineru_cli.output.tree.table_rows import normal
from mineru_cli.output.tree.tables import join_tables, touch

_DEEPEST = 4
"""Titles of deeper levels take this one, as in MinerU."""
_MAX_PAGES = 512
"""Maximum pages of one table; a longer one is split."""


def trees(pages: Iterable[PageResult], *, heading_levels: bool = False) -> Iterator[PageTree]:
    """One tree for each page result, in order. ``pages`` is read lazily, in page order."""
    held: list[PageTree] = []
    levels = Levels() if heading_levels else None
    for result in pages:
        tree = _tree(result, levels)
        if held and (len(held) >= _MAX_PAGES or not _may_join(held, tree)):
            yield from _finished(held)
            held = []
        held.append(tree)
    yield from _finished(held)


def _tree(result: PageResult, levels: Levels | None) -> PageTree:
    blocks, furniture, dropped = read_page(result)
    if levels is not None:
        _give_levels(result, blocks, levels)
    alone: list[Json] = [node.json() for node in blocks]
    for node in (*blocks, *furniture, *dropped):
        _normalise(node)
    join_paragraphs(blocks)
    return PageTree(result, size_of(result), alone, blocks, furniture, dropped)


def _give_levels(result: PageResult, blocks: list[Node], levels: Levels) -> None:
    for node in blocks:
        if node.kind == "title" and node.index is not None:
            part = Part(result.index, node.index, result.blocks[node.index], (result.width, result.height))
            node.extras["level"] = min(levels.level(part), _DEEPEST)


def _normalise(node: Node) -> None:
    for leaf in node.leaves():
        for line in leaf.lines or ():
            for span in line.spans:
                if span.kind == "text" and span.content:
                    span.content = normal(span.content)


def _may_join(held: list[PageTree], tree: PageTree) -> bool:
    if tree.result.failure is not None or held[-1].result.failure is not None:
        return False
    if touch(held[-1], tree):
        return True
    filled = next((page for page in reversed(held) if page.blocks), None)
    if filled is None or not is_references(filled.blocks[-1]):
        return False
    return not tree.blocks or is_references(tree.blocks[0])


def _finished(held: list[PageTree]) -> Iterator[PageTree]:
    join_references(held)
    if len(held) > 1:
        join_tables(held)
    yield from held
