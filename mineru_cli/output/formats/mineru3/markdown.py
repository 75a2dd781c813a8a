"""Blocks as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from mineru_cli.output import names
from mineru_cli.output.formats.mineru3.code import algorithm_html, fenced
from mineru_cli.output.formats.mineru3.tables import table_html
from mineru_cli.output.safety import is_live, safe_details, safe_html
from mineru_cli.output.tree.joined_text import joined
from mineru_cli.output.tree.node import Node, Span

_TEXT = frozenset({"text", "interline_equation", "phonetic", "ref_text"})
_GROUPS = frozenset({"image", "table", "chart", "code"})
_LINE, _BLOCK = "  \n", "\n\n"


def blocks(nodes: list[Node]) -> Iterator[str]:
    """The Markdown of each block that has any."""
    for node in nodes:
        text = _block(node).strip()
        if text:
            yield text


def _block(node: Node) -> str:
    if node.kind == "list":
        return "".join(f"{safe_text(member, prefix=False)}{_LINE}" for member in node.blocks or ())
    if node.kind == "title":
        return f"{'#' * node.level} {safe_text(node)}"
    if node.kind in _GROUPS:
        return _group(node)
    return safe_text(node) if node.kind in _TEXT else ""


def safe_text(node: Node, *, prefix: bool = True) -> str:
    """A leaf's text, with what would be live HTML escaped."""
    text = joined(node, prefix=prefix)
    return joined(node, prefix=prefix, guarded=True) if is_live(text) else text


def _group(node: Node) -> str:
    """A figure's parts in reading order. HTML stands in a paragraph of its own."""
    out = ""
    html_before = False
    for member in sorted(node.blocks or (), key=lambda one: float("inf") if one.index is None else one.index):
        for text, html in _member(member, node):
            if out:
                out += _BLOCK if html or html_before else _LINE
            out += text
            html_before = html
    return out


def _member(member: Node, node: Node) -> Iterator[tuple[str, bool]]:
    """Pieces of Markdown, each with whether it is HTML."""
    if not member.kind.endswith("_body"):
        text = safe_text(member)
        if text.strip():
            yield text, False
        return
    if member.kind == "code_body":
        yield from _code(member, node)
        return
    for line in member.lines or ():
        for span in line.spans:
            yield from _table(span) if span.kind == "table" else _figure(span, node)


def _code(member: Node, node: Node) -> Iterator[tuple[str, bool]]:
    algorithm = node.sub_type == "algorithm"
    text = algorithm_html(member) if algorithm else fenced(member, node)
    if text.strip():
        yield text, algorithm


def _table(span: Span) -> Iterator[tuple[str, bool]]:
    if span.html:
        yield safe_html(table_html(span.html)), True
    elif span.image:
        yield _image(span), False


def _figure(span: Span, node: Node) -> Iterator[tuple[str, bool]]:
    if span.image:
        yield _image(span), False
    content = span.content or ""
    if content.strip():
        summary = escape(node.sub_type, quote=False) or f"{span.kind} content"
        yield f"<details>\n<summary>{summary}</summary>\n\n{safe_details(content)}\n</details>", True


def _image(span: Span) -> str:
    return f"![]({names.IMAGES}/{span.image})"
