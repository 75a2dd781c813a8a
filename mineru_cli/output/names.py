"""Options and names of a document's files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from mineru_cli.settings import DEFAULT_FILES, FileKind


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What to write, and the metadata of the run.

    ``markdown`` is MinerU's ("parity") or our own ("clean"). ``heading_levels`` gives titles levels; MinerU
    gives all of them 1. ``unsafe_markdown`` keeps markup that is active in a renderer.
    ``selection``: only some pages of each document were selected.
    """

    format: str = "mineru3"
    files: frozenset[FileKind] = frozenset(DEFAULT_FILES)
    markdown: Literal["parity", "clean"] = "parity"
    heading_levels: bool = False
    version: str = ""
    model: str = ""
    recipe: str = ""
    unsafe_markdown: bool = False
    selection: bool = False


MARKDOWN = ".md"
CONTENT_LIST = "_content_list.json"
CONTENT_LIST_V2 = "_content_list_v2.json"
ORIGIN_PDF = "_origin.pdf"
MIDDLE = "_middle.json"
MODEL = "_model.json"
LAYOUT_PDF = "_layout.pdf"
IMAGES = "images"

_MAX_NAME = 255
_SUFFIXES = (MARKDOWN, CONTENT_LIST, CONTENT_LIST_V2, MIDDLE, MODEL, LAYOUT_PDF, ORIGIN_PDF)
_ROOM = _MAX_NAME - max(map(len, _SUFFIXES))


def file_stem(stem: str) -> str:
    """A stem that leaves room for every suffix: at most 255 bytes in all, valid UTF-8, no slash.

    A longer one is truncated and ends in a hash of the whole, so that equal stems give equal names.
    """
    raw = stem.encode("utf-8", "surrogateescape")
    plain = raw.decode("utf-8", "replace").replace("/", "_").replace("\0", "_")
    name = plain.encode()
    if len(name) <= _ROOM:
        return plain
    mark = "-" + hashlib.sha256(raw).hexdigest()[:8]
    return name[: _ROOM - len(mark)].decode("utf-8", "ignore") + mark
