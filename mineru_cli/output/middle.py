"""Assembled pages as the entries of ``_middle.json``: blocks of lines of spans, boxes in points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mineru_cli.domain.block import BBox
from mineru_cli.output import failures, grid
from mineru_cli.output.elements import (
    Code,
    Continued,
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
from mineru_cli.output.formula import displayed, segments
from mineru_cli.output.geometry import union
from mineru_cli.output.markdown import code_text, numbered
from mineru_cli.output.prose import fold

Json = dict[str, Any]
_SAME_THING = frozenset({"equation", "algorithm"})
"""Types whose MinerU name in this file, or ``sub_type``, already says what the model called them."""


def page(layout: PageLayout) -> Json:
    """One entry of ``pdf_info``."""
    entry: Json = {
        "preproc_blocks": [_block(element) for element in layout.before],
        "page_idx": layout.page.index,
        "page_size": [round(layout.page.width), round(layout.page.height)],
        "discarded_blocks": [_text_block(part, part.block.type) for part in layout.furniture],
        "para_blocks": [_block(element) for element in layout.elements],
    }
    return entry | failures.entry(layout.page)


def _block(element: Element) -> Json:
    if isinstance(element, Heading):
        return _text_block(element.part, "title") | {"level": element.level}
    if isinstance(element, Paragraph):
        first = element.parts[0]
        lines = [line for part in element.parts for line in _lines(part, crossed=part.page != first.page)]
        return _frame(first, "text") | {"lines": lines}
    if isinstance(element, Continued):
        kind = "table" if element.part.block.type == "table" else "text"
        return _frame(element.part, kind) | {"lines": [], "lines_deleted": True}
    if isinstance(element, Listing):
        return _listing(element)
    if isinstance(element, Equation):
        latex = displayed(element.body.content)
        content = numbered(latex, element.number) if latex else ""
        span = {"type": "interline_equation", "content": content, "image_path": element.body.block.figure}
        return _frame(element.body, "interline_equation") | {"lines": [_line(element.body, [span])]}
    return _visual(element)


def _visual(element: Figure | Table | Code) -> Json:
    """A block of two levels: the body, its captions, its footnotes."""
    kind = "table" if isinstance(element, Table) else "code" if isinstance(element, Code) else element.kind
    body = element.bodies[0] if isinstance(element, Table) else element.body
    inner = [_frame(body, f"{kind}_body") | {"lines": [_line(body, [_body_span(element)])]}]
    inner += [_text_block(part, f"{kind}_caption") for part in element.notes.captions]
    inner += [_text_block(part, f"{kind}_footnote") for part in element.notes.footnotes]
    block = _frame(body, kind) | {"blocks": sorted(inner, key=lambda entry: entry["index"])}
    return block | {"sub_type": element.kind} if isinstance(element, Code) else block


def _body_span(element: Figure | Table | Code) -> Json:
    if isinstance(element, Code):
        return {"type": "text", "content": code_text(element.body.content)[0]}
    if isinstance(element, Table):
        html = grid.write(element.grid) if element.grid else ""
        return {"type": "table", "html": html, "image_path": element.bodies[0].block.figure}
    span: Json = {"type": element.kind, "image_path": element.body.block.figure}
    return span | {"content": fold(element.body.content)} if element.body.content else span


def _listing(element: Listing) -> Json:
    parts = parts_of(element)
    outer = element.container or parts[0]
    block = _frame(outer, "list")
    block["bbox"] = _points(outer, union(part.block.bbox for part in parts))
    texts = [part for part in parts if part.content.strip()]
    block["blocks"] = [
        _text_block(part, "ref_text" if part.block.type == "ref_text" else "text") for part in texts
    ]
    return block | {"sub_type": element.kind}


def _text_block(part: Part, kind: str) -> Json:
    return _frame(part, kind) | {"lines": _lines(part)}


def _frame(part: Part, kind: str) -> Json:
    """What every block has. ``model_type``, ``source`` and ``flaw`` are ours, absent where idle."""
    block = part.block
    frame: Json = {
        "type": kind,
        "bbox": _points(part),
        "angle": block.angle or 0,
        "index": part.index,
    }
    if not kind.startswith(block.type) and block.type not in _SAME_THING:
        frame["model_type"] = block.type
    if block.source == "layer":
        frame["source"] = block.source
    if block.flaw:
        frame["flaw"] = block.flaw
    return frame


def _lines(part: Part, *, crossed: bool = False) -> list[Json]:
    """A block's text as one line; the model gives no boxes of single lines."""
    text = fold(part.content)
    if not text:
        return []
    spans: list[Json] = [
        {"type": "inline_equation" if segment.math else "text", "content": segment.text}
        for segment in segments(text)
    ]
    if crossed:
        spans = [span | {"cross_page": True} for span in spans]
    return [_line(part, spans)]


def _line(part: Part, spans: Sequence[Json]) -> Json:
    bbox = _points(part)
    return {"bbox": bbox, "spans": [{"bbox": bbox} | span for span in spans]}


def _points(part: Part, box: BBox | None = None) -> list[int]:
    sides = part.size * 2
    return [round(value * side) for value, side in zip(box or part.block.bbox, sides, strict=True)]
