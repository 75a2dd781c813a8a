"""Assigns captions whose owner the model does not name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mineru_cli.domain.block import Block

_OWNERS = {
    "table": "table_caption",
    "image": "image_caption",
    "chart": "image_caption",
    "code": "code_caption",
}


def name_captions(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with "caption" replaced by the kind of its owner.

    Captions of tables usually stand above them and those of figures below: a table after the caption or a
    figure before it owns it, otherwise any neighbour that can have one; an image where there is none.
    """
    named = []
    for number, block in enumerate(blocks):
        if block.type == "caption":
            after = blocks[number + 1].type if number + 1 < len(blocks) else ""
            before = blocks[number - 1].type if number else ""
            owner = "table" if after == "table" else before if before in ("image", "chart") else after
            kind = _OWNERS.get(owner) or _OWNERS.get(before) or "image_caption"
            block = replace(block, type=kind)
        named.append(block)
    return named
