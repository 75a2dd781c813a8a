"""Blocks as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape, unescape

from mineru_cli.output import names
from mineru_cli.output.safety import Safety, fence_for
from mineru_cli.output.tree.joined_text import joined
from mineru_cli.output.tree.node import Node, TreeSpan

_TEXT = frozenset({"text", "interline_equation", "phonetic", "ref_text"})
_GROUPS = frozenset({"image", "table", "chart", "code"})
_LINE, _BLOCK = "  \n", "\n\n"


@dataclass(frozen=True, slots=True)
class BlockMarkdown:
    """Writes blocks; all text of the model passes through ``safety``."""

    safety: Safety

    def blocks(self, nodes: Iterable[Node]) -> Iterator[str]:
        """The Markdown of each block that has any."""
        for node in nodes:
            text = self._block(node).strip()
            if text:
                yield text

    def _block(self, node: Node) -> str:
        if node.kind == "list":
            return "".join(f"{self._text(member, prefix=False)}{_LINE}" for member in node.blocks or ())
        if node.kind == "title":
            return f"{'#' * node.level} {self._text(node)}"
        if node.kind in _GROUPS:
            return self._group(node)
        if node.is_unread_formula:
            return _LINE.join(text for text in (*_pictures(node), self._text(node)) if text)
        return self._text(node) if node.kind in _TEXT else ""

    def _text(self, node: Node, *, prefix: bool = True) -> str:
        return self.safety.text(joined(node, prefix=prefix))

    def _group(self, node: Node) -> str:
        """A figure's parts in reading order. HTML is a separate paragraph."""
        out = ""
        html_before = False
        for member in sorted(node.blocks or (), key=_rank):
            for text, html in self._member(member, node):
                if out:
                    out += _BLOCK if html or html_before else _LINE
                out += text
                html_before = html
        return out

    def _member(self, member: Node, node: Node) -> Iterator[tuple[str, bool]]:
        """Pieces of Markdown, each with whether it is HTML."""
        if not member.kind.endswith("_body"):
            text = self._text(member)
            if text.strip():
                yield text, False
            return
        if member.kind == "code_body":
            yield from _code(member, node)
            return
        for line in member.lines or ():
            for span in line.spans:
                yield from self._table(span) if span.kind == "table" else self._figure(span, node)

    def _table(self, span: TreeSpan) -> Iterator[tuple[str, bool]]:
        if span.html:
            yield self.safety.html(table_html(span.html)), True
        elif span.image:
            yield _image(span), False

    def _figure(self, span: TreeSpan, node: Node) -> Iterator[tuple[str, bool]]:
        if span.image:
            yield _image(span), False
        content = span.content or ""
        if content.strip():
            summary = escape(node.sub_type, quote=False) or f"{span.kind} content"
            inner = self.safety.details(content)
            yield f"<details>\n<summary>{summary}</summary>\n\n{inner}\n</details>", True


def _rank(member: Node) -> float:
    return float("inf") if member.index is None else member.index


def _code(member: Node, node: Node) -> Iterator[tuple[str, bool]]:
    text = body_of(member, node)
    if text.strip():
        yield text, node.sub_type == "algorithm"


def _pictures(node: Node) -> Iterator[str]:
    """The pictures of a leaf's spans."""
    yield from (_image(span) for line in node.lines or () for span in line.spans if span.image)


def _image(span: TreeSpan) -> str:
    return f"![]({names.IMAGES}/{span.image})"


def language_of(node: Node) -> str:
    """The language of a listing, "txt" where it is not known."""
    return str(node.extras.get("guess_lang", "txt"))


def body_of(member: Node, node: Node) -> str:
    """A listing's or algorithm's body in Markdown."""
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


_FORMULA = re.compile(r"<eq>(.*?)</eq>", re.DOTALL)
_PICTURE = re.compile(r'src="(?!data:)(?!images/)([^"]+)"')


def table_html(html: str) -> str:
    """Formulas in dollars, with a space on either side; pictures with their folder."""
    html = _PICTURE.sub(lambda found: f'src="{names.IMAGES}/{found[1]}"', html)
    # After the last closing tag no formula ends: searching there again for each opening one is quadratic.
    formulas, end, rest = html.rpartition("</eq>")
    return _FORMULA.sub(lambda found: f" ${unescape(found[1])}$ ", formulas + end) + rest
