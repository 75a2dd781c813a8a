"""Full-text search in the documents of a run, sequentially, with a time limit."""

from __future__ import annotations

import json
import re
import stat
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mineru_cli.output import names
from mineru_cli.ui.viewer.blocks import block_text
from mineru_cli.ui.viewer.results import MOST_BYTES

SECONDS = 3.0
MOST_DOCUMENTS = 100
_AROUND = 40


@dataclass(frozen=True, slots=True)
class Found:
    """A matching document: number of matches, first page with one (from 0), and its context."""

    key: str
    hits: int
    page: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class Search:
    """The matches, and the document after which to continue; empty at the end."""

    found: tuple[Found, ...]
    reached: str


def pattern_of(words: str) -> re.Pattern[str]:
    """Pattern of the words in this order, case-insensitive, with any white space between them."""
    return re.compile(r"\s+".join(map(re.escape, words.split())), re.IGNORECASE)


def search_documents(
    folders: Iterable[tuple[str, Path | None]],
    words: str,
    *,
    seconds: float = SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> Search:
    """Search documents, given by key and folder (None: nothing was written), until the time limit."""
    pattern, until = pattern_of(words), clock() + seconds
    found: list[Found] = []
    for key, folder in folders:
        hit = _search(key, folder, pattern) if folder is not None else None
        if hit is not None:
            found.append(hit)
        if clock() > until or len(found) >= MOST_DOCUMENTS:
            return Search(tuple(found), key)
    return Search(tuple(found), "")


def _search(key: str, folder: Path, pattern: re.Pattern[str]) -> Found | None:
    hits, page, excerpt = 0, 0, ""
    for item in _items(folder):
        text = block_text(item)
        places = list(pattern.finditer(text))
        if places and not hits:
            index = item.get("page_idx")
            page = index if isinstance(index, int) and index >= 0 else 0
            start, end = places[0].span()
            excerpt = " ".join(text[max(0, start - _AROUND) : end + _AROUND].split())
        hits += len(places)
    return Found(key, hits, page, excerpt) if hits else None


def _items(folder: Path) -> list[dict[str, Any]]:
    """The content list; empty for a malformed or too large file."""
    try:
        path = next(one for one in sorted(folder.iterdir()) if one.name.endswith(names.CONTENT_LIST))
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            return []
        items = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError, StopIteration):
        return []
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
