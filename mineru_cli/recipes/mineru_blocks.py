"""Converts the library's blocks, with their answers, to ours."""

from __future__ import annotations

import base64
import re
from typing import Any

from mineru_cli.domain.block import VISUAL_TYPES, Block, Flaw
from mineru_cli.domain.confidence import combined
from mineru_cli.domain.flaws import UNREAD_FORMULA
from mineru_cli.domain.page import Reading
from mineru_cli.pages.lines import Regions, paragraphs
from mineru_cli.pages.page import Word
from mineru_cli.pages.pixels.encode import as_jpeg
from mineru_cli.pages.textlayer import TextLayer, text_in
from mineru_cli.recipes import vl
from mineru_cli.recipes.asking import LostBlock, QualityAnswer
from mineru_cli.recipes.figures import PageFigures
from mineru_cli.recipes.tables import is_plain, plain_table, table_of_reply, text_of_otsl

TEXT_TYPES = frozenset(
    {
        "text", "title", "doc_title", "paragraph_title", "list_item", "ref_text", "index",
        "table_caption", "image_caption", "code_caption", "caption",
        "table_footnote", "image_footnote", "footnote",
        "header", "footer", "page_number", "page_footnote",
    }
)  # fmt: skip
"""Types whose text may come from the page's own text layer."""

FIGURE_TYPES = VISUAL_TYPES | {"equation_block", "image_block"}
"""Types that are cut out as pictures: equations of a block are joined later, so the block is cut too."""

_FIGURE_KINDS = {
    "image": "image", "image_block": "image", "chart": "chart", "table": "table",
    "equation": "interline_equation",
}  # fmt: skip
"""What a block's picture is named by."""

TABLE_WORDS = "layer_words"
"""The key of a table's words from the text layer, where the model read none."""

_LONGEST_REPAIRED = 10_000
_MOST_BRACKETS = 1_000
_LONGEST_ANALYSIS = 60_000
_DATA_URI = re.compile(r'<img src="(data:image/jpeg;base64,([A-Za-z0-9+/=]+))"/>')


def put_layer_text(block: Any, text: str) -> None:
    """Take the block's text from the text layer."""
    block.content = text
    block["source"] = "layer"
    block.pop("confidence", None)


def put_undrawn_text(blocks: list[Any], layer: TextLayer) -> None:
    """Add text in fonts that this machine lacks: the rendered page does not show it.

    Blocks that hold such text are taken from the layer whole; text in no block becomes a new one, after the
    last block that begins above it.
    """
    inside: set[Word] = set()
    undrawn = [word for word in layer.words if word.missing_font]
    if not undrawn:
        return
    regions = Regions(undrawn)
    for block in blocks:
        held = regions.words(tuple(block.bbox))
        if not held:
            continue
        if block.get("source") == "layer":
            inside.update(held)
        elif block.type in TEXT_TYPES and (text := text_in(layer, tuple(block.bbox), strict=False)):
            put_layer_text(block, text)
            inside.update(held)
    for text, bbox in paragraphs([word for word in undrawn if word not in inside]):
        above = [number for number, block in enumerate(blocks) if block.bbox[1] <= bbox[1]]
        added = vl.library().ContentBlock("text", list(bbox))
        put_layer_text(added, text)
        blocks.insert(above[-1] + 1 if above else 0, added)


def put_answer(block: Any, answer: QualityAnswer | LostBlock, figures: PageFigures) -> None:
    """Set the model's answer; without a usable one the block's picture is kept."""
    if isinstance(answer, LostBlock):
        block.content = ""
        block["flaw"] = answer.flaw
        block["lost_figure"] = figures.add_lost(as_jpeg(answer.picture))
        return
    text, flaw = answer.text, answer.flaw
    if block.type == "table":
        text, cut = table_of_reply(text)
        flaw = flaw or ("truncated" if cut else None)
    block.content = text
    if flaw is not None:
        block["flaw"] = flaw
    if answer.tokens:
        block["confidence"] = combined((block.get("confidence"), answer.confidence))


def finished(blocks: list[Any], figures: PageFigures, *, formula_wrap: bool) -> Reading:
    """The page's blocks: the library's post-processing, then our own values.

    Pictures inside tables become figures of their own, named in the table's HTML.
    """
    read: list[Block] = []
    replies = {id(block): block.content for block in blocks if block.type == "table"}
    withheld = _withheld(blocks)
    processed = vl.helper(table_formula_wrap=formula_wrap).post_process(blocks)
    _put_what_joined_equations_had(blocks, processed)
    for block in processed:
        block.content = withheld.get(id(block), block.content)
        kind = _FIGURE_KINDS.get(block.type)
        name = figures.name(kind, tuple(block.bbox)) if kind else ""
        name = name or block.get("lost_figure", "")
        content = _table_content(block.content, figures) if block.type == "table" else block.content
        dropped = "" if content else text_of_otsl(replies.get(id(block)) or "")
        dropped = dropped or block.get(TABLE_WORDS, "")
        read.append(_ours(block, content, name, dropped))
    return Reading(tuple(read), figures.files)


def _put_what_joined_equations_had(blocks: list[Any], processed: list[Any]) -> None:
    """Copy flaw and confidence to the new block that the library makes of an equation block's equations."""
    known, kept = {id(block) for block in blocks}, {id(block) for block in processed}
    lost = [block for block in blocks if block.type == "equation" and id(block) not in kept]
    for joined in [block for block in processed if id(block) not in known]:
        parts = [block for block in lost if _lies_in(block.bbox, joined.bbox)]
        flaws = [block["flaw"] for block in parts if "flaw" in block]
        if flaws:
            joined["flaw"] = flaws[0]
        if sure := combined(block.get("confidence") for block in parts):
            joined["confidence"] = sure


def _lies_in(inner: list[float], outer: list[float]) -> bool:
    """Whether the centre of one box lies in another."""
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def _withheld(blocks: list[Any]) -> dict[int, str]:
    """Remove contents that the library must not repair.

    Those are the characters of formulas that are not LaTeX, and contents too long for repairs that are
    quadratic in open brackets. A picture's analysis is truncated instead.
    """
    withheld = {}
    for block in blocks:
        content = block.content or ""
        if block.type in ("image", "chart"):
            block.content = block.content and block.content[:_LONGEST_ANALYSIS]
        elif block.get("flaw") == UNREAD_FORMULA or (
            block.type != "table" and len(content) > _LONGEST_REPAIRED and _brackets(content) > _MOST_BRACKETS
        ):
            withheld[id(block)] = content
            block.content = ""
    return withheld


def _brackets(text: str) -> int:
    return sum(map(text.count, ("{", "[", "(", "\\left", "\\big")))


def _ours(block: Any, content: str | None, figure: str, dropped: str) -> Block:
    flaw: Flaw | None = block.get("flaw")
    return Block(
        type=block.type,
        bbox=tuple(block.bbox),
        angle=block.angle,
        content=None if flaw in ("rejected", "missing", "empty") and not content else content,
        merge_prev=bool(block.get("merge_prev", False)),
        source=block.get("source", "model"),
        figure=figure,
        flaw=flaw,
        sub_type=block.get("sub_type"),
        dropped=dropped,
        confidence=block.get("confidence"),
    )


def _table_content(html: str | None, figures: PageFigures) -> str | None:
    def save(found: re.Match[str]) -> str:
        name = figures.add(base64.b64decode(found[2]), found[1])
        return f'<img src="images/{name}"/>'

    if not html:
        return html
    # Cells are escaped, so such markup in a table is what the library inserted for its picture tokens.
    html = _DATA_URI.sub(save, html)
    return html if is_plain(html) or not html.startswith("<table") else plain_table(html)


def display_equation(latex: str) -> str:
    """LaTeX as MinerU keeps it in blocks: between brackets on separate lines; empty when there is none."""
    for opening, closing in (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$")):
        latex = latex.strip()
        if len(latex) > len(opening) + len(closing) and latex.startswith(opening) and latex.endswith(closing):
            latex = latex[len(opening) : -len(closing)]
            break
    return f"\\[\n{latex.strip()}\n\\]" if latex.strip() else ""
