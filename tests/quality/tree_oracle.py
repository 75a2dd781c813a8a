"""The oracle: APTED, the general algorithm, on the same trees and costs."""

from __future__ import annotations

from apted import APTED, Config
from rapidfuzz.distance import Levenshtein

from mineru_cli.quality.table import ComparedCell, ComparedTable


class Node:
    def __init__(
        self, tag: str, children: list[Node] | None = None, cell: ComparedCell | None = None
    ) -> None:
        self.tag = tag
        self.children = children or []
        self.cell = cell


class Costs(Config):
    def rename(self, node1: Node, node2: Node) -> float:
        if node1.tag != node2.tag:
            return 1.0
        if node1.cell is None or node2.cell is None:
            return 0.0
        one, other = node1.cell, node2.cell
        if (one.colspan, one.rowspan) != (other.colspan, other.rowspan):
            return 1.0
        return Levenshtein.normalized_distance(one.text, other.text)

    def children(self, node: Node) -> list[Node]:
        return node.children


def oracle_distance(base: ComparedTable, run: ComparedTable) -> float:
    return APTED(_tree(base), _tree(run), Costs()).compute_edit_distance()


def oracle_teds(base: ComparedTable, run: ComparedTable) -> float:
    return 1.0 - oracle_distance(base, run) / max(base.nodes, run.nodes)


def _tree(table: ComparedTable) -> Node:
    return Node("table", [Node("tr", [Node("td", cell=cell) for cell in row]) for row in table.rows])
