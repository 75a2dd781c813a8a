"""JSON responses of the viewer: documents, pages and blocks as plain values, unprintable text escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mineru_cli.store.ledger.archive import DocumentRow, Order
from mineru_cli.ui.plain_text import visible
from mineru_cli.ui.viewer.blocks import block_html
from mineru_cli.ui.viewer.results import PageEntry

_AROUND = 40


def line_of(line: DocumentRow, match: float | None = None) -> dict[str, Any]:
    """A document of the list, with its match with the baseline where that is known."""
    return {
        "key": line.key,
        "name": visible(line.key),
        "status": line.status,
        "pages": line.pages,
        "problems": line.problems,
        **certainty(line.mean, line.lowest),
        **({} if match is None else {"match": round(match, 4)}),
    }


def certainty(mean: float | None, lowest: float | None) -> dict[str, float]:
    """Token probabilities, if there are any."""
    return {} if mean is None or lowest is None else {"mean": round(mean, 4), "lowest": round(lowest, 4)}


def order_of(query: Mapping[str, str]) -> Order:
    """The requested order."""
    orders: dict[str, Order] = {"mean": "mean", "lowest": "lowest"}
    return orders.get(query.get("order", ""), "name")


def block_of(number: int, entry: PageEntry, key: str) -> dict[str, Any]:
    """A block for the page: ``flaw`` and ``source`` as in the content list."""
    sure = entry.confidence
    continuation = {"page": entry.continues[0], "block": entry.continues[1]} if entry.continues else None
    return {
        "number": number,
        "kind": visible(entry.kind, 40),
        "html": block_html(entry.item, key) if entry.item else "",
        "boxes": entry.boxes,
        "flaw": visible(str(entry.item.get("flaw") or ""), 40),
        "layer": entry.item.get("source") == "layer",
        "continues": continuation,
        **(certainty(sure.mean, sure.lowest) if sure else {}),
    }


def hit_of(page: int, block: int, found: re.Match[str]) -> dict[str, Any]:
    """A match with its context."""
    text, start, end = found.string, found.start(), found.end()
    pieces = {
        "before": text[max(0, start - _AROUND) : start],
        "match": found[0],
        "after": text[end : end + _AROUND],
    }
    return {"page": page, "block": block} | {name: visible(piece) for name, piece in pieces.items()}


def source_of(line: DocumentRow) -> str:
    """Whether the document is still "here", has "changed", or is "gone"."""
    try:
        status = Path(line.path).stat()
    except (OSError, ValueError):
        return "gone"
    same = status.st_size == line.size and status.st_mtime_ns == line.mtime_ns
    return "here" if same else "changed"


def whole_number(text: str | None, default: int) -> int:
    """An integer from a query; ``default`` for anything else."""
    return int(text) if text is not None and re.fullmatch(r"-?[0-9]{1,9}", text) else default
