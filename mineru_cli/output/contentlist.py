"""Assembled pages as the items of ``_content_list.json``: flat, in reading order, furniture after its page.

Keys of our own, beside MinerU's: ``source`` ("layer" where text is the PDF's own), ``flaw``, and ``failure``
and ``flaws``
on the empty item that marks a page that could not be converted, or that has flaws of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from mineru_cli.domain.block import BBox
from mineru_cli.output import failures, grid, lists, names
from mineru_cli.output.elements import (
    Code,
    Element,
    Equation,
    Figure,
    Heading,
    Listing,
    PageLayout,
    Paragraph,
    Part,
    Table,
    parts_of,
)
from mineru_cli.output.formula import displayed, in_dollars, segments
from mineru_cli.output.markdown import code_text, list_contents, numbered
from mineru_cli.output.prose import fold, paragraphs

Item = dict[str, Any]
_WHOLE_PAGE: BBox = (0.0, 0.0, 1.0, 1.0)


def items(layout: PageLayout) -> Iterator[Item]:
    """The items of one page."""
    if layout.page.failure is not None or layout.page.flaws:
        empty = {"type": "text", "text": "", "bbox": _thousandths(_WHOLE_PAGE), "page_idx": layout.page.index}
        yield empty | failures.entry(layout.page)
    for element in layout.elements:
        content = _content(element)
        if content is not None:
            yield content | _place(parts_of(element))
    for part in layout.furniture:
        yield {"type": part.block.type, "text": _line(part)} | _place((part,))


def _place(parts: tuple[Part, ...]) -> Item:
    """Where an element stands, and what is to be known about its text."""
    first = parts[0]
    place: Item = {"bbox": _thousandths(first.block.bbox), "page_idx": first.page}
    if {part.block.source for part in parts if part.block.content} == {"layer"}:
        place["source"] = "layer"
    flaws = [part.block.flaw for part in parts if part.block.flaw]
    if flaws:
        place["flaw"] = flaws[0]
    return place


def _thousandths(box: BBox) -> list[int]:
    return [round(min(max(value, 0.0), 1.0) * 1000) for value in box]


def _content(element: Element) -> Item | None:
    if isinstance(element, Heading):
        return {"type": "text", "text": _line(element.part), "text_level": element.level}
    if isinstance(element, Paragraph):
        texts = paragraphs([part.content for part in element.parts])
        return {"type": "text", "text": "\n\n".join(map(inline, texts))}
    if isinstance(element, Figure):
        return _figure(element)
    if isinstance(element, Table):
        return _table(element)
    if isinstance(element, Equation):
        latex = displayed(element.body.content)
        text = f"$$\n{numbered(latex, element.number)}\n$$" if latex else ""
        return {"type": "equation", "img_path": _path(element.body), "text": text, "text_format": "latex"}
    if isinstance(element, Code):
        code: Item = {
            "type": "code",
            "sub_type": element.kind,
            "code_body": code_text(element.body.content)[0],
        }
        return code | _notes(element, "code")
    if isinstance(element, Listing):
        texts = [_item_text(item) for item in lists.items(list_contents(element))]
        return {"type": "list", "sub_type": element.kind, "list_items": texts}
    return None


def _figure(element: Figure) -> Item:
    item: Item = {"type": element.kind, "img_path": _path(element.body)} | _notes(element, element.kind)
    if element.body.content.strip():
        table = grid.read(element.body.content)
        item["content"] = grid.write(table) if table else _line(element.body)
    return item


def _table(element: Table) -> Item:
    body = grid.write(element.grid) if element.grid else "\n\n".join(_lines(element.bodies))
    return (
        {"type": "table", "img_path": _path(element.bodies[0])}
        | _notes(element, "table")
        | {"table_body": body}
    )


def _notes(element: Figure | Table | Code, kind: str) -> Item:
    return {
        f"{kind}_caption": _lines(element.notes.captions),
        f"{kind}_footnote": _lines(element.notes.footnotes),
    }


def _item_text(item: lists.Item) -> str:
    return inline(item.text if item.number is None else f"{item.number}. {item.text}")


def _path(part: Part) -> str:
    return f"{names.IMAGES}/{part.block.figure}" if part.block.figure else ""


def _line(part: Part) -> str:
    return inline(fold(part.content))


def _lines(parts: Iterable[Part]) -> list[str]:
    return [text for text in map(_line, parts) if text]


def inline(text: str) -> str:
    """A folded text with its formulas as ``$...$``, otherwise as it is: JSON needs no Markdown escapes."""
    return in_dollars((segment.text, segment.math) for segment in segments(text))
