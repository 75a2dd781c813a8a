"""Listings as fences, algorithms as HTML that keeps their indentation."""

from __future__ import annotations

from html import escape

from mineru_cli.output.safety import fence_for
from mineru_cli.output.tree.joined_text import joined
from mineru_cli.output.tree.node import Node


def language_of(node: Node) -> str:
    """The language of a listing, "txt" where it is not known."""
    return str(node.extras.get("guess_lang", "txt"))


def body_of(member: Node, node: Node) -> str:
    """A listing's or algorithm's body, as it stands in Markdown."""
    return algorithm_html(member) if node.sub_type == "algorithm" else fenced(member, node)


def fenced(member: Node, node: Node) -> str:
    """The listing between fences."""
    text = joined(member)
    fence = fence_for(text)
    return f"{fence}{language_of(node)}\n{text}\n{fence}"


def algorithm_html(member: Node) -> str:
    """The algorithm with its formulas in dollars; empty when there is nothing in it."""
    pieces: list[str] = []
    after_formula = False
    for line in member.lines or ():
        for span in line.spans:
            content = span.content or ""
            if span.kind == "text":
                pieces.append(escape(content, quote=False))
                after_formula = after_formula and not content
            elif content.strip():
                if after_formula and not pieces[-1].endswith((" ", "\n", "\t")):
                    pieces.append(" ")
                pieces.append(f"${escape(content, quote=False)}$")
                after_formula = True
    text = "".join(pieces)
    if not text.strip():
        return ""
    style = "white-space: pre-wrap; font-family:monospace;"
    return f'<div class="mineru-algorithm" style="{style}">\n{text}\n</div>'
