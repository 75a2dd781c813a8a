"""One page's blocks, before joining over pages: MinerU's ``preproc_blocks``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from mineru_cli.domain.block import PAGE_FURNITURE, Block
from mineru_cli.domain.page import PageResult
from mineru_cli.output.tree import boxes
from mineru_cli.output.tree.build import CAPTION, FOOTNOTE, node_of
from mineru_cli.output.tree.fragments import BODIES, adopt_fragments
from mineru_cli.output.tree.groups import group
from mineru_cli.output.tree.node import Json, Node

_IN_LIST = 0.8


@dataclass(slots=True)
class PageTree:
    """One page. ``size`` is its width and height in whole points.

    ``alone`` are its blocks before joining over columns and pages, ``blocks`` after, both in reading order;
    ``furniture`` are headers, footers and the like. ``dropped`` is text that MinerU's files do not have.
    """

    result: PageResult
    size: tuple[int, int]
    alone: list[Json]
    blocks: list[Node]
    furniture: list[Node]
    dropped: list[Node] = field(default_factory=list)

    @property
    def index(self) -> int:
        """The page's number, from 0."""
        return self.result.index


def read_page(result: PageResult) -> tuple[list[Node], list[Node], list[Node]]:
    """The page's blocks, its furniture, and what MinerU drops."""
    width, height = size_of(result)
    nodes: list[Node] = []
    dropped: list[Node] = []
    for index, block in enumerate(result.blocks):
        if block.type != "equation_block" or block.content:
            nodes.append(node_of(block, index, width, height))
        if block.dropped:
            dropped.append(_dropped_part(block, index, width, height))
    adopt_fragments(nodes)
    furniture = [node for node in nodes if node.kind in PAGE_FURNITURE]
    listed = _gather_lists(nodes)
    grouped = group(nodes)
    for note in grouped.left:
        note.kind = "text"
    gathered = {id(node) for node in listed}
    blocks = [
        node
        for node in nodes
        if node.kind not in PAGE_FURNITURE
        and node.kind not in BODIES
        and node.kind not in (CAPTION, FOOTNOTE)
        and id(node) not in gathered
        and not (node.kind == "list" and not node.blocks)
    ]
    return sorted(blocks + grouped.groups, key=lambda node: node.index or 0), furniture, dropped


def size_of(result: PageResult) -> tuple[int, int]:
    """Width and height in whole points, truncated."""
    return int(result.width), int(result.height)


def _dropped_part(block: Block, index: int, width: int, height: int) -> Node:
    part = Block("text", block.bbox, block.angle, content=block.dropped, source=block.source)
    node = node_of(part, index, width, height)
    node.merge_prev = None
    return node


def _gather_lists(nodes: Sequence[Node]) -> list[Node]:
    """Assign each list its members, and return them. Text comes before references, each in order."""
    lists = [node for node in nodes if node.kind == "list"]
    for node in lists:
        node.lines, node.blocks = None, []
    if not lists:
        return []
    members: list[Node] = []
    for kind in ("text", "ref_text"):
        for node in nodes:
            if node.kind != kind:
                continue
            holder = next((one for one in lists if boxes.covered(node.bbox, one.bbox) >= _IN_LIST), None)
            if holder is not None and holder.blocks is not None:
                holder.blocks.append(node)
                members.append(node)
    for node in lists:
        if node.blocks:
            node.extras["sub_type"] = Counter(member.kind for member in node.blocks).most_common(1)[0][0]
    return members
