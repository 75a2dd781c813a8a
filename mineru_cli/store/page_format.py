"""How a page result is named and written, in a folder and in object storage alike.

::

    figures/<name>                          crops, named by their content
    <fingerprint>/<page>.json               a page that was read
    <fingerprint>/<page>.failed.json        a page that failed
    <fingerprint>/<page>.replies            good replies of an incomplete page
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from mineru_cli.domain.codec import decode
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.page import PageResult
from mineru_cli.errors import PageUnreadable

READ, FAILED, REPLIES = ".json", ".failed.json", ".replies"
FIGURES = "figures"
NO_REPLIES: Mapping[str, str] = MappingProxyType({})


def require_plain_names(figures: Mapping[str, bytes]) -> None:
    """Raise ``ValueError`` for a name that could lead out of its folder."""
    for name in figures:
        if not is_plain_name(name):
            raise ValueError(f"{name!r} is not a plain file name")


def is_plain_name(name: str) -> bool:
    """Whether it is the name of a file and no more."""
    return Path(name).name == name


def page_index(name: str) -> int | None:
    """The page whose result a file of this name holds; None for any other file."""
    stem = name.removesuffix(FAILED).removesuffix(READ)
    return int(stem) if stem != name and stem.isascii() and stem.isdigit() else None


def parse_page(data: bytes, index: int) -> PageResult | None:
    """The result of page ``index``; None for anything else."""
    try:
        page = decode(data)
    except (ValueError, RecursionError):
        return None
    return page if isinstance(page, PageResult) and page.index == index else None


def format_replies(replies: Mapping[str, str]) -> bytes:
    """Replies by question, as JSON."""
    return json.dumps(dict(replies)).encode()


def parse_replies(data: bytes) -> dict[str, str]:
    """Replies by question; what cannot be read is left out."""
    try:
        replies = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(replies, dict):
        return {}
    return {key: text for key, text in replies.items() if isinstance(text, str)}


def page_gone(document: DocumentRef, index: int) -> PageUnreadable:
    """The error for a page result that is not (or no longer) there."""
    return PageUnreadable(
        f"page {index + 1} of {document.key} is gone from the work folder", hint="repeat the command"
    )
