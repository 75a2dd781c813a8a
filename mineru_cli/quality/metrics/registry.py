"""The registered metrics. A new one is a function in a file of its own and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from mineru_cli.quality.matching.page_pair import PagePair
from mineru_cli.quality.metrics.layout import (
    aside_score,
    block_type_score,
    box_score,
    heading_score,
    image_score,
)
from mineru_cli.quality.metrics.scores import (
    Measure,
    formula_score,
    order_score,
    table_score,
    table_structure_score,
    text_score,
)
from mineru_cli.quality.metrics.types import type_score

SCORES = "score-v2"

Metric = Callable[[PagePair], Measure | None]
"""A metric of one page: a score in [0, 1], 1 is equal, None is absent on both sides. Symmetric."""

METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "text": text_score,
        "table": table_score,
        "table_structure": table_structure_score,
        "formula": formula_score,
        "order": order_score,
        "types": type_score,
        "headings": heading_score,
        "block_types": block_type_score,
        "boxes": box_score,
        "images": image_score,
        "asides": aside_score,
    }
)

CONTENT = ("text", "table", "formula")
"""The content components: weighted by their number of characters."""

COMPONENTS = (*CONTENT, "order")
JUDGED = (*COMPONENTS, "types")
"""The metrics that make up the match of a document; the others are only reported."""
