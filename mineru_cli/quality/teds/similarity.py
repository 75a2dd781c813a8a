"""TEDS: tree-edit-distance similarity of two tables, as in PubTabNet, exact and fast.

The tree of a table is root > rows > cells. Inserting or deleting a node costs 1; renaming a cell costs the
normalised Levenshtein distance of the texts, or 1 where the spans differ; a row never becomes a cell at no
cost. The similarity is ``1 - distance / max(nodes)``, the root not counted.

The general algorithm (Zhang and Shasha, APTED) takes minutes on large tables. Three levels allow shortcuts:

* Equal rows at both ends can be removed: any mapping can be rewritten to pair them at no greater cost.
* Row ``i`` can stand for row ``j`` only if the distance is at least the difference of the nodes before them
  plus the difference of the nodes after them. So a bound on the distance defines a band of rows, and the
  alignment of whole rows in that band (``teds.rows``) is optimal.
* The one case that whole rows cannot express is cells that change rows: a row split in two, rows merged. Such
  a mapping leaves at least three rows unpaired, which gives a lower bound for it. Only if that bound does not
  rule it out, the forest recurrence (``teds.forest``) runs over the nodes in the band.
"""

from __future__ import annotations

from dataclasses import dataclass

from mineru_cli.quality.table import ComparedTable

BUDGET = 20_000_000
"""Budget of cell comparisons for pairing rows. A count, so that scores are machine-independent."""

SPLIT_BUDGET = 2_500_000
"""Budget of entries of the forest recurrence: enough for two tables of 1,500 nodes."""


@dataclass(frozen=True, slots=True)
class Distance:
    """``value`` is the distance, or if not ``exact`` the best found within the budget."""

    value: float
    exact: bool = True


def teds(base: ComparedTable, run: ComparedTable, *, structure: bool = False) -> float:
    """TEDS in [0, 1]; two tables without rows are equal. ``structure`` ignores texts (TEDS-S)."""
    if base == run:
        return 1.0
    if structure:
        base, run = base.skeleton, run.skeleton
    nodes = max(base.nodes, run.nodes)
    return max(0.0, 1.0 - tree_distance(base, run).value / nodes)


def tree_distance(base: ComparedTable, run: ComparedTable) -> Distance:
    """Edit distance of the two trees. Symmetric, also where a budget cuts the search short."""
    base, run = sorted((base, run), key=lambda table: (table.nodes, table.rows))
    from mineru_cli.quality.teds.costs import costs_between, without_equal_ends
    from mineru_cli.quality.teds.forest import forest_distance, forest_states
    from mineru_cli.quality.teds.rows import aligned

    costs = costs_between(*without_equal_ends(base.rows, run.rows))
    if not costs.left.rows or not costs.right.rows:
        return Distance(float(costs.left.nodes + costs.right.nodes))
    found = aligned(costs, BUDGET)
    if found is None:
        return Distance(_by_text(base, run), exact=False)
    if not found.exact or found.distance <= found.least_with_split_rows:
        return Distance(found.distance, found.exact)
    if forest_states(costs, found.distance) > SPLIT_BUDGET:
        return Distance(found.distance, exact=False)
    return Distance(forest_distance(costs, found))


def _by_text(base: ComparedTable, run: ComparedTable) -> float:
    """Estimate for tables beyond every budget: the share of characters that differ."""
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_distance(base.text, run.text)) * max(base.nodes, run.nodes)
