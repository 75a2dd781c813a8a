"""A document's results by page: its items, and the boxes that they come from.

Texts come from ``_content_list.json``, boxes and page sizes from ``_middle.json``. Both are untrusted:
malformed parts are left out, and if the two do not agree the content list's own boxes are used.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mineru_cli.domain.confidence import Confidence
from mineru_cli.output import names
from mineru_cli.ui.viewer.certainty import certain_blocks, confidence_in

MOST_BYTES = 128 * 1024 * 1024
MOST_ENTRIES = 2000
PAPER = (595.0, 842.0)
"""Default width and height of a page in points: A4."""

FURNITURE = frozenset({"header", "footer", "page_number", "aside_text", "page_footnote"})
Json = dict[str, Any]
Thousandths = tuple[float, float, float, float]
Place = tuple[int, int]
"""A page's index and an entry's number on it."""


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One item of a page. ``continues`` is the index of the entry that this block's text was merged into.

    ``confidence`` needs a run with ``--confidence`` and its ``_model.json``.
    """

    kind: str
    item: Json
    boxes: tuple[Thousandths, ...]
    continues: Place | None = None
    confidence: Confidence | None = None


@dataclass(slots=True)
class PageView:
    """One page; ``width`` and ``height`` in points, ``failure`` a sentence or empty."""

    index: int
    width: float = PAPER[0]
    height: float = PAPER[1]
    failure: str = ""
    fallback: bool = False
    entries: list[PageEntry] = field(default_factory=list)


class ResultsTooLarge(ValueError):
    """The files are too large to be shown."""


def read_results(folder: Path) -> dict[int, PageView]:
    """The pages in a document's folder by index. Raises ``OSError``, and ``ValueError`` for damaged files."""
    content, middle = _load(folder, names.CONTENT_LIST), _load(folder, names.MIDDLE)
    pages = {page.index: page for page in _sheets(middle)}
    items: dict[int, list[Json]] = {}
    for item in content if isinstance(content, list) else ():
        if isinstance(item, dict) and isinstance(item.get("page_idx"), int) and item["page_idx"] >= 0:
            items.setdefault(item["page_idx"], []).append(item)
    frames = _frames(middle)
    latest: dict[str, Place] = {}
    for index in sorted(pages.keys() | items.keys()):
        page = pages.setdefault(index, PageView(index))
        _fill(page, items.get(index, []), frames.get(index, []), latest)
    _put_confidences([pages[sheet["page_idx"]] for sheet in _sheet_list(middle)], folder)
    return dict(sorted(pages.items()))


def _put_confidences(pages: Sequence[PageView], folder: Path) -> None:
    """``_model.json`` has the same pages in the same order as ``_middle.json``; it is optional."""
    try:
        model = _load(folder, names.MODEL)
    except (OSError, ValueError):
        return
    for page, blocks in zip(pages, model if isinstance(model, list) else (), strict=False):
        certain = certain_blocks(blocks)
        if certain:
            page.entries[:] = [
                replace(entry, confidence=confidence_in(entry.boxes, certain)) for entry in page.entries
            ]


def _load(folder: Path, suffix: str) -> Any:
    path = next((path for path in sorted(folder.iterdir()) if path.name.endswith(suffix)), None)
    if path is None:
        raise FileNotFoundError(
            f"no *{suffix} in {folder}: shown is --format mineru3 with content_list and middle in --files"
        )
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):  # a link may point out of OUT, a pipe would block
        raise ValueError(f"{path.name} is not a regular file")
    if status.st_size > MOST_BYTES:
        raise ResultsTooLarge(f"{path.name} has more than {MOST_BYTES >> 20} MiB")
    try:
        return json.loads(path.read_bytes())
    except RecursionError as error:
        raise ValueError(f"{path.name} is nested too deeply") from error


def _sheets(middle: Any) -> Iterator[PageView]:
    for sheet in _sheet_list(middle):
        width, height = _size(sheet)
        failure = sheet.get("failure")
        message = str(failure.get("message") or "") if isinstance(failure, Mapping) else ""
        yield PageView(sheet["page_idx"], width, height, message, bool(sheet.get("fallback")))


def _sheet_list(middle: Any) -> Iterator[Json]:
    found = middle.get("pdf_info") if isinstance(middle, dict) else None
    for sheet in found if isinstance(found, list) else ():
        if isinstance(sheet, dict) and isinstance(sheet.get("page_idx"), int) and sheet["page_idx"] >= 0:
            yield sheet


def _size(sheet: Json) -> tuple[float, float]:
    size = sheet.get("page_size")
    numbers = _numbers(size, 2)
    return (numbers[0], numbers[1]) if numbers and min(numbers) > 0 else PAPER


def _frames(middle: Any) -> dict[int, list[Json]]:
    """The blocks of each page in reading order, as dictionaries."""
    return {sheet["page_idx"]: _blocks(sheet.get("para_blocks")) for sheet in _sheet_list(middle)}


def _blocks(value: Any) -> list[Json]:
    return [block for block in value if isinstance(block, dict)] if isinstance(value, list) else []


def _fill(page: PageView, items: Sequence[Json], frames: Sequence[Json], latest: dict[str, Place]) -> None:
    """Merge a page's items and the blocks whose text was joined elsewhere in reading order."""
    body = [
        item for item in items if item.get("type") not in FURNITURE and not item.keys() & {"failure", "flaws"}
    ]
    furniture = [item for item in items if item.get("type") in FURNITURE]
    if len(frames) <= len(body):  # additional text follows the items of the blocks
        for frame, item in zip(frames, body, strict=False):
            kind = str(frame.get("type"))
            if _is_joined(frame):
                page.entries.append(PageEntry("continued", {}, _boxes(frame, page), latest.get(kind)))
            else:
                latest[kind] = (page.index, len(page.entries))
                page.entries.append(_entry(item, _boxes(frame, page)))
        page.entries += [_entry(item, ()) for item in body[len(frames) :]]
    else:
        page.entries += [_entry(item, ()) for item in body]
    page.entries += [_entry(item, ()) for item in furniture]
    del page.entries[MOST_ENTRIES:]


def _is_joined(frame: Json) -> bool:
    """Whether a block's content was merged into an earlier one: for a table its parts are marked."""
    parts = _blocks(frame.get("blocks"))
    return bool(frame.get("lines_deleted")) or any(part.get("lines_deleted") for part in parts)


def _entry(item: Json, boxes: tuple[Thousandths, ...]) -> PageEntry:
    own = _numbers(item.get("bbox"), 4)
    kind = str(item.get("type"))
    if kind == "text" and item.get("text_level"):
        kind = "title"
    return PageEntry(kind, item, boxes or ((_clipped(own),) if own else ()))


def _boxes(frame: Json, page: PageView) -> tuple[Thousandths, ...]:
    """A block's boxes: its own, or those of its parts if it has any."""
    parts = _blocks(frame.get("blocks")) or [frame]
    found = (_numbers(part.get("bbox"), 4) for part in parts)
    return tuple(_clipped(_thousandths(box, page)) for box in found if box)


def _thousandths(box: Sequence[float], page: PageView) -> list[float]:
    sides = (page.width, page.height, page.width, page.height)
    return [value / side * 1000 for value, side in zip(box, sides, strict=True)]


def _clipped(box: Sequence[float]) -> Thousandths:
    x0, y0, x1, y1 = (round(min(max(value, 0.0), 1000.0), 1) for value in box)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _numbers(value: Any, count: int) -> list[float]:
    """``value`` as ``count`` numbers; empty if not valid."""
    if not isinstance(value, list) or len(value) != count:
        return []
    numbers = [float(one) for one in value if isinstance(one, (int, float)) and abs(one) < 1e9]
    return numbers if len(numbers) == count else []
