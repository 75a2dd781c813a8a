"""A page as the items of ``_content_list.json``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mineru_cli.output import failures, names
from mineru_cli.output.formats.mineru3.markdown import body_of, table_html
from mineru_cli.output.tree.boxes import in_thousandths
from mineru_cli.output.tree.joined_text import joined
from mineru_cli.output.tree.node import Node, TreeSpan
from mineru_cli.output.tree.page import PageTree

Item = dict[str, Any]
_PLAIN = frozenset(
    {"text", "ref_text", "phonetic", "header", "footer", "page_number", "aside_text", "page_footnote"}
)


def items(tree: PageTree) -> Iterator[Item]:
    """One item for each block, and those of our own."""
    if tree.result.failure is not None or tree.result.flaws:
        place = {"bbox": [0, 0, 1000, 1000], "page_idx": tree.index}
        empty = {"type": "text", "text": "", "extra": True} | place
        yield empty | failures.entry(tree.result)
    for node in (*tree.blocks, *tree.furniture):
        yield _item(node) | _place(node, tree)
    for node in tree.dropped:
        yield {"type": "text", "text": joined(node), "extra": True} | _place(node, tree)


def _place(node: Node, tree: PageTree) -> Item:
    place: Item = {"bbox": in_thousandths(node.bbox, *tree.size), "page_idx": tree.index}
    if node.extras.get("extra"):
        place["extra"] = True
    if node.source:
        place["source"] = node.source
    if node.flaw:
        place["flaw"] = node.flaw
    return place


def _item(node: Node) -> Item:
    if node.kind in _PLAIN:
        return {"type": node.kind, "text": joined(node)}
    if node.kind == "title":
        return {"type": "text", "text": joined(node), "text_level": node.level}
    if node.kind == "interline_equation":
        return _equation(node)
    if node.kind == "list":
        texts = [joined(member, prefix=False) for member in node.blocks or ()]
        return {
            "type": "list",
            "sub_type": node.sub_type,
            "list_items": [text for text in texts if text.strip()],
        }
    if node.kind == "code":
        return _code(node)
    return _table(node) if node.kind == "table" else _figure(node)


def body_span(node: Node) -> TreeSpan | None:
    """The one span of a figure's body."""
    for member in node.blocks or ():
        if member.kind.endswith("_body"):
            for line in member.lines or ():
                for span in line.spans:
                    return span
    return None


def picture(span: TreeSpan | None) -> str:
    """The path of a span's picture, empty where there is none."""
    return f"{names.IMAGES}/{span.image}" if span is not None and span.image else ""


def _notes(node: Node, kind: str) -> list[str]:
    return [joined(member) for member in node.blocks or () if member.kind == kind]


def _equation(node: Node) -> Item:
    item: Item = {"type": "equation", "text": joined(node), "text_format": "latex"}
    if node.is_unread_formula:
        shown = next((span for line in node.lines or () for span in line.spans), None)
        item |= {"text_format": "plain", "img_path": picture(shown)}
    return item


def _figure(node: Node) -> Item:
    span = body_span(node)
    item: Item = {
        "type": node.kind,
        "img_path": picture(span),
        "content": (span.content if span else None) or "",
        f"{node.kind}_caption": _notes(node, f"{node.kind}_caption"),
        f"{node.kind}_footnote": _notes(node, f"{node.kind}_footnote"),
    }
    return item | {"sub_type": node.sub_type} if node.sub_type else item


def _table(node: Node) -> Item:
    span = body_span(node)
    item: Item = {
        "type": "table",
        "img_path": picture(span),
        "table_caption": _notes(node, "table_caption"),
        "table_footnote": _notes(node, "table_footnote"),
    }
    if span is not None and span.html:
        item["table_body"] = table_html(span.html)
    return item


def _code(node: Node) -> Item:
    item: Item = {"type": "code", "sub_type": node.sub_type, "code_caption": _notes(node, "code_caption")}
    body = node.child("code_body")
    return item if body is None else item | {"code_body": body_of(body, node)}
