"""Documents as compressed files of blocks, small enough for git.

A shard holds some dozens of documents: enough for good compression, few enough that a change of one document
rewrites little. JSON inside bzip2 (on real pages 7 % smaller than xz): a document is ``[path, paged,
page_count, failed_pages, pages]``, a page ``[index, blocks]``, a block ``[kind, type, level, box, text]``,
with a sixth entry, true, when it is additional text.
"""

from __future__ import annotations

import bz2
import json
from collections.abc import Iterable
from typing import Any

from mineru_cli.quality.blocks import ComparedBlock, Document, Kind, Page

DOCUMENTS_PER_SHARD = 64
_LARGEST = 1 << 30


def pack(documents: Iterable[Document]) -> bytes:
    """Pack the documents into one shard, deterministically."""
    plain = json.dumps(
        [_plain(document) for document in documents], ensure_ascii=False, separators=(",", ":")
    )
    return bz2.compress(plain.encode("utf-8", "surrogatepass"), 9)


def unpack(data: bytes) -> dict[str, Document]:
    """The documents of a shard by path. Raises ``ValueError`` if it is damaged or too large."""
    opened = bz2.BZ2Decompressor()
    try:
        plain = opened.decompress(data, max_length=_LARGEST)
        if not opened.eof:
            raise ValueError("the shard is cut short or larger than 1 GiB")
        return {entry[0]: _document(entry) for entry in json.loads(plain.decode("utf-8", "surrogatepass"))}
    except (OSError, TypeError, IndexError) as error:
        raise ValueError(f"the shard is damaged: {error}") from error


def _plain(document: Document) -> list[Any]:
    pages = [[page.index, [_block(block) for block in page.blocks]] for page in document.pages]
    return [document.path, document.paged, document.page_count, document.failed_pages, pages]


def _block(block: ComparedBlock) -> list[Any]:
    plain = [block.kind.value, block.type, block.level, block.box, block.text]
    return [*plain, True] if block.extra else plain


def _document(entry: list[Any]) -> Document:
    path, paged, page_count, failed_pages, pages = entry
    return Document(
        path,
        tuple(
            Page(
                index,
                tuple(
                    ComparedBlock(
                        Kind(kind), kind_of_writer, text, level, tuple(box) if box else None, bool(extra)
                    )
                    for kind, kind_of_writer, level, box, text, *extra in blocks
                ),
            )
            for index, blocks in pages
        ),
        paged,
        page_count,
        tuple(failed_pages),
    )
