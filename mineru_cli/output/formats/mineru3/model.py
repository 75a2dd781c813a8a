"""Page results as the entries of ``_model.json``: the model's output, block by block."""

from __future__ import annotations

from mineru_cli.domain.block import Block
from mineru_cli.domain.page import PageResult
from mineru_cli.output.tree.node import Json

_DIGITS = 4


def page(result: PageResult) -> list[Json]:
    """A page's blocks; ``bbox`` in shares of the page, 0-1."""
    return [_block(block) for block in result.blocks]


def _block(block: Block) -> Json:
    found: Json = {
        "type": block.type,
        "bbox": list(block.bbox),
        "angle": block.angle,
        "content": block.content,
    }
    if block.type == "text":
        found["merge_prev"] = block.merge_prev
    if block.sub_type is not None:
        found["sub_type"] = block.sub_type
    if block.cell_merge is not None:
        found["cell_merge"] = list(block.cell_merge)
    if block.source == "layer":
        found["source"] = block.source
    if block.flaw:
        found["flaw"] = block.flaw
    if block.confidence:
        found["confidence"] = {
            "mean": round(block.confidence.mean, _DIGITS),
            "lowest": round(block.confidence.lowest, _DIGITS),
        }
    return found
