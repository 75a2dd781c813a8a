"""A page as the entry of ``_middle.json``."""

from __future__ import annotations

from mineru_cli.output import failures
from mineru_cli.output.tree.node import Json
from mineru_cli.output.tree.page import PageTree


def page(tree: PageTree) -> Json:
    """One entry of ``pdf_info``. ``extra_blocks`` is ours, and present only where MinerU drops text."""
    entry: Json = {
        "preproc_blocks": tree.alone,
        "discarded_blocks": [node.json() for node in tree.furniture],
        "page_size": list(tree.size),
        "page_idx": tree.index,
        "para_blocks": [node.json() for node in tree.blocks],
    }
    if tree.dropped:
        entry["extra_blocks"] = [node.json() for node in tree.dropped]
    return entry | failures.entry(tree.result)
