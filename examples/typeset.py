"""Turns blocks into platypus flowables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from blocks import Block, Code, Contacts, Equation, Figure, Heading, Items, Paragraph, Table
from drawings import drawing
from reportlab import platypus
from reportlab.lib import colors
from styles import Styles


def flowables(blocks: list[Block], styles: Styles) -> list[Any]:
    """The story of the whole document, in reading order."""
    return [flowable for block in blocks for flowable in _block(block, styles)]


def _block(block: Block, styles: Styles) -> Iterator[Any]:
    if isinstance(block, Heading):
        style = styles[block.style or f"heading-{block.level}"]
        # A heading needs two lines below it, or else a new column or page.
        own = style.spaceBefore + style.leading + style.spaceAfter
        yield platypus.CondPageBreak(own + 2 * styles["body"].leading)
        yield platypus.Paragraph(_marked(block.text), style)
    elif isinstance(block, Paragraph):
        yield platypus.Paragraph(_marked(block.text), styles[block.style])
    elif isinstance(block, Items):
        yield from _items(block, styles)
    elif isinstance(block, Code):
        yield platypus.KeepTogether(platypus.Preformatted(block.text, styles["code"]))
    elif isinstance(block, Table):
        yield from _table(block, styles)
    elif isinstance(block, Figure):
        figure = [platypus.Spacer(1, 6), drawing(block.drawing), _caption(block.caption, styles)]
        yield platypus.KeepTogether(figure)
    elif isinstance(block, Equation):
        yield from (platypus.Spacer(1, 3), drawing(block.formula), platypus.Spacer(1, 5))
    elif isinstance(block, Contacts):
        yield _contacts(block, styles)


def _marked(text: str) -> str:
    return escape(text).replace("\n", "<br/>")


def _caption(text: str, styles: Styles) -> Any:
    return platypus.Paragraph(_marked(text), styles["caption"])


def _items(block: Items, styles: Styles) -> Iterator[Any]:
    style = styles["item"]
    for n, text in enumerate(block.texts, 1):
        mark = f"{n}." if block.numbered else "\u2022"
        yield platypus.Paragraph(_marked(text), style, bulletText=mark)
    yield platypus.Spacer(1, 6)


def _table(block: Table, styles: Styles) -> Iterator[Any]:
    if block.caption:
        # Enough room for the caption and a few rows, or else a new column or page.
        yield platypus.CondPageBreak(90)
        yield _caption(block.caption, styles)
    yield platypus.Table(
        block.rows,
        colWidths=block.widths,
        repeatRows=1,
        style=_table_style(block, styles["cell"], styles["head-cell"]),
        spaceAfter=10,
    )


def _table_style(block: Table, cell: Any, head: Any) -> list[tuple[Any, ...]]:
    every, header = ((0, 0), (-1, -1)), ((0, 0), (-1, 0))
    rules = [
        ("FONT", *every, cell.fontName, cell.fontSize, cell.leading),
        ("FONT", *header, head.fontName, head.fontSize, head.leading),
        ("TOPPADDING", *every, 2.2 if block.ruled else 4),
        ("BOTTOMPADDING", *every, 2.6 if block.ruled else 5),
        *(("ALIGN", (column, 0), (column, -1), "RIGHT") for column in block.right),
    ]
    if block.ruled:
        rules.append(("GRID", *every, 0.6, colors.black))
        rules.append(("BACKGROUND", *header, colors.Color(0.92, 0.92, 0.92)))
    return rules


def _contacts(block: Contacts, styles: Styles) -> Any:
    cells = [platypus.Paragraph(_marked(text), styles["body"]) for text in (block.left, block.right)]
    every = ((0, 0), (-1, -1))
    style = [("VALIGN", *every, "TOP"), ("LEFTPADDING", *every, 0)]
    return platypus.Table([cells], colWidths=(280, 180), style=style, hAlign="LEFT")
