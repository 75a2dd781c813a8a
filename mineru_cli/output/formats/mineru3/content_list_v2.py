"""A page as the entries of ``_content_list_v2.json``: typed content, formulas separate from text."""

from __future__ import annotations

from typing import Any

from mineru_cli.output import names
from mineru_cli.output.formats.mineru3.content_list import body_span, picture
from mineru_cli.output.formats.mineru3.markdown import language_of, table_html
from mineru_cli.output.tree.boxes import in_thousandths
from mineru_cli.output.tree.joined_text import structured
from mineru_cli.output.tree.node import Json, Node
from mineru_cli.output.tree.page import PageTree

_FURNITURE = {
    "header": "page_header",
    "footer": "page_footer",
    "aside_text": "page_aside_text",
    "page_number": "page_number",
    "page_footnote": "page_footnote",
}


def entries(tree: PageTree) -> list[Json]:
    """One entry for each block of the page."""
    found = [_entry(node) | _place(node, tree) for node in (*tree.blocks, *tree.furniture)]
    found += [_paragraph(node) | {"extra": True} | _place(node, tree) for node in tree.dropped]
    return found


def _place(node: Node, tree: PageTree) -> Json:
    return {"bbox": in_thousandths(node.bbox, *tree.size)}


def _entry(node: Node) -> Json:
    entry = _content(node)
    return entry | {"extra": True} if node.extras.get("extra") else entry


def _content(node: Node) -> Json:
    if node.kind in _FURNITURE:
        kind = _FURNITURE[node.kind]
        return {"type": kind, "content": {f"{kind}_content": structured(node)}}
    if node.kind == "title":
        return {"type": "title", "content": {"title_content": structured(node), "level": node.level}}
    if node.kind == "interline_equation":
        return _equation(node)
    if node.kind in ("ref_text", "list"):
        return _list(node)
    if node.kind == "code":
        return _code(node)
    if node.kind == "table":
        return _table(node)
    return _figure(node) if node.kind in ("image", "chart") else _paragraph(node)


def _paragraph(node: Node) -> Json:
    return {"type": "paragraph", "content": {"paragraph_content": structured(node)}}


def _equation(node: Node) -> Json:
    span = next((span for line in node.lines or () for span in line.spans), None)
    content = {
        "math_content": (span.content if span else None) or "",
        "math_type": "plain" if node.is_unread_formula else "latex",
        "image_source": {"path": f"{names.IMAGES}/{span.image if span else ''}"},
    }
    return {"type": "equation_interline", "content": content}


def _list(node: Node) -> Json:
    references = node.kind == "ref_text" or node.sub_type == "ref_text"
    members = [node] if node.kind == "ref_text" else node.blocks or []
    texts = [structured(member) for member in members]
    found = [{"item_type": "text", "item_content": text} for text in texts if text or node.kind == "ref_text"]
    return {
        "type": "list",
        "content": {"list_type": "reference_list" if references else "text_list", "list_items": found},
    }


def _notes(node: Node, kind: str) -> list[Json]:
    return [span for member in node.blocks or () if member.kind == kind for span in structured(member)]


def _code(node: Node) -> Json:
    body = node.child("code_body")
    content = structured(body) if body else []
    captions = _notes(node, "code_caption")
    if node.sub_type == "algorithm":
        return {
            "type": "algorithm",
            "content": {"algorithm_caption": captions, "algorithm_content": content},
        }
    return {
        "type": "code",
        "content": {"code_caption": captions, "code_content": content, "code_language": language_of(node)},
    }


def _figure(node: Node) -> Json:
    span = body_span(node)
    content: dict[str, Any] = {
        "image_source": {"path": picture(span)},
        "content": (span.content if span else None) or "",
        f"{node.kind}_caption": _notes(node, f"{node.kind}_caption"),
        f"{node.kind}_footnote": _notes(node, f"{node.kind}_footnote"),
    }
    entry: Json = {"type": node.kind, "content": content}
    return entry | {"sub_type": node.sub_type} if node.sub_type else entry


def _table(node: Node) -> Json:
    span = body_span(node)
    html = table_html(span.html or "") if span else ""
    nested = html.count("<table") > 1
    spans = "colspan" in html or "rowspan" in html
    content = {
        "image_source": {"path": f"{names.IMAGES}/{span.image if span else ''}"},
        "table_caption": _notes(node, "table_caption"),
        "table_footnote": _notes(node, "table_footnote"),
        "html": html,
        "table_type": "complex_table" if spans or nested else "simple_table",
        "table_nest_level": 2 if nested else 1,
    }
    return {"type": "table", "content": content}
