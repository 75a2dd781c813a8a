"""Page results as the entries of ``_model.json``: what the model said, block by block."""

from __future__ import annotations

from typing import Any

from mineru_cli.domain.page import PageResult
from mineru_cli.output.prose import clean


def page(result: PageResult) -> list[dict[str, Any]]:
    """A page's blocks; ``bbox`` in shares of the page, 0-1."""
    return [
        {
            "type": block.type,
            "bbox": [round(value, 4) for value in block.bbox],
            "angle": block.angle,
            "content": None if block.content is None else clean(block.content),
            "merge_prev": block.merge_prev,
            **({"source": block.source} if block.source == "layer" else {}),
            **({"flaw": block.flaw} if block.flaw else {}),
        }
        for block in result.blocks
    ]
