"""The document protocol of MinerU 4: middle JSON, schema 2.0, with its Markdown.

Blocks are stored per page, unjoined: a block that continues the one before is marked (``continues_prev``),
and the renderer joins them. The protocol allows no further keys in blocks, so ours are in ``extensions`` at
the end of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from mineru_cli.output import failures, names
from mineru_cli.output.formats.document_format import DocumentSink
from mineru_cli.output.formats.files import ENCODER, TextFile
from mineru_cli.output.formats.mineru3.page_markdown import MarkdownFile, PageMarkdown
from mineru_cli.output.names import OutputOptions
from mineru_cli.output.tree.node import Json
from mineru_cli.output.tree.page import PageTree

SCHEMA = {"schema": "docvortex.middle", "schema_version": "2.0"}
EXTENSION = "mineru_batch"
_TITLES = 6
_SPANS = {"text": "text", "inline_equation": "equation_inline"}
_FURNITURE = frozenset({"header", "footer", "page_number", "aside_text", "page_footnote"})
_FIGURES = frozenset({"image", "table", "chart"})


class MinerU4:
    """Middle JSON 2.0 and Markdown. See ``DocumentFormat``."""

    name = "mineru4"

    def open(self, folder: Path, stem: str, options: OutputOptions, stack: ExitStack) -> DocumentSink:
        """Open those files that ``options`` ask for."""
        middle = markdown = None
        if "middle" in options.files:
            middle = stack.enter_context(_Middle(folder / f"{stem}{names.MIDDLE}", options))
        if "md" in options.files:
            pages = PageMarkdown(unsafe=options.unsafe_markdown)
            markdown = stack.enter_context(MarkdownFile(folder / f"{stem}{names.MARKDOWN}", pages))
        return _Mineru4Sink(middle, markdown)


class _Mineru4Sink:
    def __init__(self, middle: _Middle | None, markdown: MarkdownFile | None) -> None:
        self._files = [file for file in (middle, markdown) if file is not None]

    def add(self, page: PageTree) -> None:
        """Write one page to every file."""
        for file in self._files:
            file.add(page)


class _Middle(TextFile):
    """The file is written page by page; facts about the whole document are at its end."""

    def __init__(self, path: Path, options: OutputOptions) -> None:
        super().__init__(path)
        self._options = options
        self._pages = 0
        self._last = -1
        self._gaps = False
        self._notes: list[Json] = []
        self.write(ENCODER.encode(SCHEMA)[:-1] + ', "pages": [')

    def add(self, page: PageTree) -> None:
        """Append a page."""
        blocks, notes = page_blocks(page)
        self._notes += notes
        self.write(("," if self._pages else "") + "\n")
        self.write(ENCODER.encode({"page_idx": page.index, "blocks": blocks}))
        self._gaps = self._gaps or page.index != self._last + 1
        self._pages, self._last = self._pages + 1, page.index

    def finish(self) -> None:
        """Write the facts about the document."""
        options = self._options
        ours: Json = {"model": options.model, "recipe": options.recipe, "notes": self._notes}
        rest = {
            "is_full_document": not (self._gaps or options.selection),
            "metadata": {
                "file_suffix": "pdf",
                "producer": {"name": "mineru-batch", "version": options.version or "0"},
            },
            "extensions": {EXTENSION: {key: value for key, value in ours.items() if value}},
        }
        self.write("\n], " + ENCODER.encode(rest)[1:] + "\n")


def page_blocks(page: PageTree) -> tuple[list[Json], list[Json]]:
    """A page's blocks in reading order, and notes about them that the protocol does not cover.

    A note has ``page_idx`` and, for a block, its ``index``, and says: ``source``, ``flaw``, ``extra`` (text
    that MinerU drops), ``failure`` and ``fallback``.
    """
    nodes = [*page.alone, *(node.json() for node in page.furniture)]
    nodes += [node.json() | {"extra": True} for node in page.dropped]
    nodes.sort(key=lambda node: node.get("index", len(nodes)))
    blocks: list[Json] = []
    notes: list[Json] = []
    if entry := failures.entry(page.result):
        notes.append({"page_idx": page.index, **entry})
    for node in nodes:
        place: Json = {"index": len(blocks), "bbox": _shares(node["bbox"], *page.size)}
        block = _block(node, place)
        if block is None:
            continue
        entry = {key: node[key] for key in ("source", "flaw", "extra") if node.get(key)}
        if entry:
            notes.append({"page_idx": page.index, "index": len(blocks), **entry})
        blocks.append(block)
    return blocks, notes


def _block(node: Mapping[str, Any], place: Json) -> Json | None:
    """One block of the protocol; None for one without anything in it."""
    kind = node["type"]
    if kind in _FURNITURE:
        return {"type": kind, **place, "content": _spans(node)}
    if kind == "title":
        return _title(node, place)
    if kind == "interline_equation":
        span = next(_all_spans(node), {})
        return {"type": "equation", **place, "content": span.get("content") or "", **_picture(span)}
    if kind == "list":
        members = [_member(member) for member in node.get("blocks", ())]
        sub_type = {"sub_type": node["sub_type"]} if node.get("sub_type") in ("text", "ref_text") else {}
        return {"type": "list", **place, **sub_type, "content": members} if members else None
    if kind == "code":
        return _code(node, place)
    if kind in _FIGURES:
        return _figure(node, place)
    continued = {"continues_prev": True} if node.get("merge_prev") else {}
    return {
        "type": "ref_text" if kind == "ref_text" else "text",
        **place,
        **continued,
        "content": _spans(node),
    }


def _title(node: Mapping[str, Any], place: Json) -> Json:
    """A title is the document's only where levels are switched on and it has the first."""
    level = node.get("level")
    if level == 1:
        return {"type": "doc_title", **place, "level": 1, "content": _spans(node)}
    level = min(max(level or 2, 2), _TITLES)
    return {"type": "paragraph_title", **place, "level": level, "content": _spans(node)}


def _member(node: Mapping[str, Any]) -> Json:
    return {"type": "ref_text" if node["type"] == "ref_text" else "text", "content": _spans(node)}


def _figure(node: Mapping[str, Any], place: Json) -> Json:
    kind = node["type"]
    parts: list[Json] = []
    for member in node.get("blocks", ()):
        if member["type"] == f"{kind}_body":
            span = next(_all_spans(member), {})
            content = span.get("html" if kind == "table" else "content") or ""
            parts.append({"type": f"{kind}_body", **place, "content": content, **_picture(span)})
        else:
            parts.append({"type": member["type"], "content": _spans(member)})
    block: Json = {"type": kind, **place, "content": parts}
    if kind == "table" and node.get("cell_merge"):
        return {**block, "continues_prev": True, "cell_merge": node["cell_merge"]}
    if kind != "table" and node.get("sub_type"):
        return {**block, "sub_type": node["sub_type"]}
    return block


def _code(node: Mapping[str, Any], place: Json) -> Json:
    algorithm = node.get("sub_type") == "algorithm"
    parts: list[Json] = []
    for member in node.get("blocks", ()):
        if member["type"] != "code_body":
            parts.append({"type": member["type"], "content": _spans(member)})
        elif algorithm:
            parts.append({"type": "algorithm_body", **place, "content": _spans(member)})
        else:
            text = "".join(span.get("content") or "" for span in _all_spans(member))
            parts.append({"type": "code_body", **place, "content": text})
    block: Json = {
        "type": "code",
        **place,
        "sub_type": "algorithm" if algorithm else "code",
        "content": parts,
    }
    return block if algorithm else {**block, "guess_lang": str(node.get("guess_lang") or "txt")}


def _spans(node: Mapping[str, Any]) -> list[Json]:
    """Non-empty spans; adjacent ones of one kind are merged."""
    found: list[Json] = []
    for span in _all_spans(node):
        kind, content = _SPANS.get(span["type"]), span.get("content") or ""
        if kind is None or not content or (kind != "text" and not content.strip()):
            continue
        if kind == "text" and found and found[-1]["type"] == "text":
            found[-1]["content"] += content
        else:
            found.append({"type": kind, "content": content})
    return found


def _all_spans(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for line in node.get("lines", ()):
        yield from line["spans"]


def _picture(span: Mapping[str, Any]) -> Json:
    path = span.get("image_path")
    return {"image_path": f"{names.IMAGES}/{path}"} if path else {}


def _shares(bbox: list[int], width: int, height: int) -> list[float]:
    """A box in points as shares of the page, never with a zero area, which the protocol rejects."""
    x0, x1 = _ordered(bbox[0] / max(width, 1), bbox[2] / max(width, 1))
    y0, y1 = _ordered(bbox[1] / max(height, 1), bbox[3] / max(height, 1))
    return [x0, y0, x1, y1]


def _ordered(low: float, high: float) -> tuple[float, float]:
    low, high = (round(min(max(value, 0.0), 1.0), 6) for value in (low, high))
    if high > low:
        return low, high
    return (low, low + 1e-6) if low < 1.0 else (low - 1e-6, low)
