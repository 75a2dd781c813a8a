"""Converts a page's blocks to nodes, one by one: kinds, cleaned text, spans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mineru_cli.domain.block import Block
from mineru_cli.output.tree.boxes import in_points
from mineru_cli.output.tree.language import language_of
from mineru_cli.output.tree.node import Node, Points, TreeLine, TreeSpan

CAPTION, FOOTNOTE = "caption", "footnote"
IMAGE_GROUP = "image_block_body"
"""The frame around several pictures, while a page is built."""

KINDS = {
    "image_caption": CAPTION, "table_caption": CAPTION, "code_caption": CAPTION,
    "image_footnote": FOOTNOTE, "table_footnote": FOOTNOTE,
    "image": "image_body", "image_block": IMAGE_GROUP, "table": "table_body", "chart": "chart_body",
    "code": "code_body", "algorithm": "code_body",
    "equation": "interline_equation", "equation_block": "interline_equation",
}  # fmt: skip
"""The temporary type of a block while a page is built, where it differs from its own."""

_ALIKE = {
    "doc_title": "title", "paragraph_title": "title",
    "caption": "image_caption", "footnote": "image_footnote",
    "index": "text", "list_item": "text", "formula_number": "text", "unknown": "text",
}  # fmt: skip
"""Types whose text MinerU 3.4.4 drops, and types handled like them. Their items have "extra"."""

_OWN_SPANS = {
    "image": "image", "image_block": "image", "table": "table", "chart": "chart",
    "equation": "interline_equation", "equation_block": "interline_equation",
}  # fmt: skip
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_OWN_PICTURE = re.compile(r'(<img src=")images/')
_FORMULA = re.compile(r"\\\((.+?)\\\)")
_DISPLAYED = re.compile(r"\\\[(.*?)\\\]")
_BREAK = re.compile(r"\n\s*")


def node_of(block: Block, index: int, width: int, height: int) -> Node:
    """One block of a page of ``width`` x ``height`` points."""
    bbox = in_points(block.bbox, width, height)
    extra = block.type in _ALIKE
    block = replace(
        block, type=_ALIKE.get(block.type, block.type), content=block.content and printable(block.content)
    )
    kind = KINDS.get(block.type, block.type)
    spans = _spans(block, bbox)
    node = Node(
        kind,
        bbox,
        index,
        angle=block.angle,
        lines=[TreeLine(bbox, spans)],
        merge_prev=block.merge_prev if block.type == "text" else None,
        source="layer" if block.source == "layer" else "",
        flaw=block.flaw or "",
    )
    if kind == "code_body":
        # A listing with formulas is an algorithm, whatever the model's type.
        code = unfenced(block.content or "")
        node.extras["sub_type"] = "algorithm" if _has_formulas(code) else block.type
        if node.sub_type == "code":
            node.extras["guess_lang"] = language_of(code)
    if block.type in ("image", "chart") and block.sub_type:
        node.extras["sub_type"] = block.sub_type
    if block.type == "table" and block.cell_merge is not None:
        node.extras["cell_merge"] = list(block.cell_merge)
    if extra:
        node.extras["extra"] = True
    return node


def printable(text: str) -> str:
    """Text that can be written as UTF-8: no lone surrogates, no control characters but breaks and tabs."""
    return _UNPRINTABLE.sub("\ufffd", text) if _UNPRINTABLE.search(text) else text


def _spans(block: Block, bbox: Points) -> list[TreeSpan]:
    content = block.content
    kind = _OWN_SPANS.get(block.type)
    if kind == "table":
        html = content and _OWN_PICTURE.sub(r"\1", content)
        return [TreeSpan("table", bbox, html=html, image=block.figure)]
    if kind == "interline_equation":
        latex = (content or "").removeprefix("\\[").removesuffix("\\]").strip()
        return [TreeSpan(kind, bbox, latex, image=block.figure)]
    if kind is not None:
        return [
            TreeSpan(kind, bbox, content if block.type in ("image", "chart") else None, image=block.figure)
        ]
    if block.type in ("code", "algorithm"):
        content = unfenced(content or "")
    return _text_spans(_title(content or "") if block.type == "title" else _plain(content or ""), bbox)


def unfenced(code: str) -> str:
    """A listing without the fence that the model added."""
    lines = code.splitlines()
    if lines and lines[0].startswith("```"):
        lines = lines[1:]
    if lines and lines[-1].strip() == "```":
        lines = lines[:-1]
    return "\n".join(lines).strip()


def _plain(text: str) -> str:
    r"""Text in which no ``\[...\]`` opens a displayed formula."""
    opened = text.count("\\[")
    if not opened or opened != text.count("\\]"):
        return text
    # None ends after the last end of its line: searching there again for each opening one is quadratic.
    lines = (line.rpartition("\\]") for line in text.split("\n"))
    return "\n".join(_DISPLAYED.sub(r"[\1]", formulas + end) + rest for formulas, end, rest in lines)


def _title(text: str) -> str:
    return _BREAK.sub(" ", _plain(text)).strip()


def _has_formulas(text: str) -> bool:
    opened = text.count("\\(")
    return opened > 0 and opened == text.count("\\)")


def _text_spans(text: str, bbox: Points) -> list[TreeSpan]:
    if not _has_formulas(text):
        return [TreeSpan("text", bbox, text)]
    spans: list[TreeSpan] = []
    done = 0
    for found in _formulas(text):
        _add_text(spans, text[done : found.start()], bbox)
        spans.append(TreeSpan("inline_equation", bbox, found[1].strip()))
        done = found.end()
    _add_text(spans, text[done:], bbox)
    return spans


def _formulas(text: str) -> Iterator[re.Match[str]]:
    """Inline formulas; as in ``_plain``, none is searched for after the last end of a line's formulas."""
    start = 0
    for line in text.split("\n"):
        yield from _FORMULA.finditer(text, start, start + line.rfind("\\)") + 2)
        start += len(line) + 1


def _add_text(spans: list[TreeSpan], text: str, bbox: Points) -> None:
    if text.strip():
        spans.append(TreeSpan("text", bbox, text))
