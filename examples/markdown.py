"""Ground-truth Markdown of a list of blocks, in MinerU's conventions.

Headings by level, one line a paragraph, tables as HTML on one line with the
caption before, figures as an image line with the caption after.
"""

from __future__ import annotations

from html import escape

from blocks import Block, Code, Contacts, Equation, Figure, Heading, Items, Paragraph, Table


def to_markdown(blocks: list[Block]) -> str:
    """The whole document, blocks separated by one empty line, newline at the end."""
    return "\n\n".join(_block(block) for block in blocks) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {block.text}"
    if isinstance(block, Paragraph):
        return block.text
    if isinstance(block, Items):
        return _items(block)
    if isinstance(block, Code):
        return f"```{block.language}\n{block.text}\n```"
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Figure):
        return f"![](images/{block.name}.jpg)\n\n{block.caption}"
    if isinstance(block, Equation):
        return f"$$\n{block.latex}\n$$"
    assert isinstance(block, Contacts)
    return f"{block.left}\n\n{block.right}"


def _items(block: Items) -> str:
    marks = [f"{n}." if block.numbered else "-" for n in range(1, len(block.texts) + 1)]
    return "\n".join(f"{mark} {text}" for mark, text in zip(marks, block.texts, strict=True))


def _table(block: Table) -> str:
    lines = ["".join(f"<td>{escape(text, quote=False)}</td>" for text in row) for row in block.rows]
    html = "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"
    return f"{block.caption}\n\n{html}" if block.caption else html
