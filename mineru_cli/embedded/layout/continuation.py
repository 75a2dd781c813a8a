"""Text that continues from one block to the next: across columns, around figures and tables. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.layout.paragraphs import TextParagraph
from mineru_cli.embedded.text.lines import TextLine

ENDS = tuple(".!?:;。！？：；…”\"')")

Read = Callable[[Box], str]


def continuing(paragraphs: Sequence[TextParagraph | None], kinds: Sequence[str], read: Read) -> set[int]:
    """Indices of the text blocks that continue the previous text block in reading order.

    ``paragraphs`` and ``kinds`` list the page's blocks in reading order (None where there are no lines). Only
    breaks are examined: a new column, or a block between the two that is not text. The first block must fill
    its last line and not end a sentence; the second must not be indented.
    """
    found: set[int] = set()
    texts = [p for p, kind in zip(paragraphs, kinds, strict=True) if p is not None and kind == "text"]
    last: int | None = None
    for index, (paragraph, kind) in enumerate(zip(paragraphs, kinds, strict=True)):
        if kind in ("title", "list_item", "code", "equation"):
            last = None
        if kind != "text" or paragraph is None:
            continue
        before = paragraphs[last] if last is not None else None
        broken = before is not None and (index - (last or 0) > 1 or paragraph.level.y0 < before.level.y0)
        if before is not None and broken and _is_open(before, texts, read) and _is_flush(paragraph, texts):
            found.add(index)
        last = index
    return found


def _is_open(paragraph: TextParagraph, texts: Sequence[TextParagraph], read: Read) -> bool:
    """The last line is full and does not end a sentence."""
    line = paragraph.lines[-1]
    if max(n.level.x1 for n in _column(paragraph, texts)) - line.level.x1 > 1.5 * line.height:
        return False
    end = Box(max(line.box.x0, line.box.x1 - 5 * line.height), line.box.y0, line.box.x1, line.box.y1)
    text = read(end).strip()
    return bool(text) and not text.endswith(ENDS)


def _is_flush(paragraph: TextParagraph, texts: Sequence[TextParagraph]) -> bool:
    """The first line is not indented: it begins at the left edge of its column."""
    first = paragraph.lines[0]
    left = min(line.level.x0 for line in _column(paragraph, texts))
    return first.level.x0 - left < 0.8 * first.height


def _column(paragraph: TextParagraph, texts: Sequence[TextParagraph]) -> list[TextLine]:
    """The lines of the paragraphs above and below it."""
    return [
        line
        for other in texts
        if other.level.overlap_x(paragraph.level) > 0.5 * paragraph.level.width
        for line in other.lines
    ]
