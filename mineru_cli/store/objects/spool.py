"""Pages of unfinished documents in object storage: a worker on any machine resumes from them.

One object per page and one per crop, below the spool's prefix::

    <hash of key>/<hash of version>/figures/<name>
    <hash of key>/<hash of version>/<fingerprint>/<page>.json           a page that was read
    <hash of key>/<hash of version>/<fingerprint>/<page>.failed.json    a page that failed or lost content
    <hash of key>/<hash of version>/<fingerprint>/<page>.replies        replies of an incomplete page

Objects are written atomically, so none is ever damaged. Everything raises ``StorageError``.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from mineru_cli.domain.codec import encode
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.page import PageResult
from mineru_cli.store.objects.bucket import Bucket
from mineru_cli.store.page_format import (
    FAILED,
    FIGURES,
    NO_REPLIES,
    READ,
    REPLIES,
    format_replies,
    is_plain_name,
    page_gone,
    page_index,
    parse_page,
    parse_replies,
    require_plain_names,
)

REMEMBERED = 64
"""Documents whose earlier pages a process remembers: more than it works on at the same time."""


class ObjectSpool:
    """Implements ``store.ports.PageStore`` below a prefix. Any number of processes may hold one."""

    def __init__(self, bucket: Bucket, prefix: str, fingerprint: str) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._fingerprint = fingerprint
        self._started: set[str] | None = None
        self._kept: OrderedDict[str, frozenset[str]] = OrderedDict()

    def save(
        self,
        document: DocumentRef,
        page: PageResult,
        figures: dict[str, bytes],
        replies: Mapping[str, str] = NO_REPLIES,
    ) -> None:
        """See ``PageStore``."""
        require_plain_names(figures)
        for name, data in figures.items():
            self._bucket.put(f"{self._version(document)}/{FIGURES}/{name}", data)
        place = f"{self._pages(document)}/{page.index}"
        if replies:
            self._bucket.put(place + REPLIES, format_replies(replies))
        again = (page.failure or page.loss) is not None
        suffix, other = (FAILED, READ) if again else (READ, FAILED)
        self._bucket.put(place + suffix, encode(page).encode())
        if f"{page.index}{other}" in self._earlier(document):
            self._bucket.delete([place + other])

    def done(self, document: DocumentRef) -> dict[int, bool]:
        """See ``PageStore``. One listing per unfinished document, and one to find these."""
        whole, ours = self._root(document.key), self._pages(document)
        if self._started is None:
            depth = self._prefix.count("/") + 1
            listed = (entry.key.split("/")[depth] for entry in self._bucket.list(self._prefix))
            self._started = {f"{self._prefix}/{name}" for name in listed}
        if whole not in self._started:
            return {}
        figures = f"{self._version(document)}/{FIGURES}"
        old: list[str] = []
        pages: dict[int, bool] = {}
        for entry in self._bucket.list(whole):
            folder, _, name = entry.key.rpartition("/")
            if folder == ours:
                if (index := page_index(name)) is not None:
                    pages[index] = pages.get(index, True) and name.endswith(FAILED)
            elif folder != figures:
                old.append(entry.key)
        self._bucket.delete(old)
        return dict(sorted(pages.items()))

    def load(self, document: DocumentRef, index: int) -> PageResult:
        """See ``PageStore``."""
        for suffix in (READ, FAILED):
            found = self._bucket.get(f"{self._pages(document)}/{index}{suffix}")
            if found and (page := parse_page(found[0], index)) is not None:
                return page
        raise page_gone(document, index)

    def pages(self, document: DocumentRef, indices: Iterable[int]) -> Iterator[PageResult]:
        """See ``PageStore``."""
        for index in indices:
            yield self.load(document, index)

    def replies(self, document: DocumentRef, index: int) -> dict[str, str]:
        """See ``PageStore``."""
        if f"{index}{REPLIES}" not in self._earlier(document):
            return {}
        found = self._bucket.get(f"{self._pages(document)}/{index}{REPLIES}")
        return parse_replies(found[0]) if found else {}

    def bring_figure(self, document: DocumentRef, name: str, target: Path) -> bool:
        """See ``PageStore``."""
        return is_plain_name(name) and self._bucket.download(
            f"{self._version(document)}/{FIGURES}/{name}", target
        )

    def discard(self, key: str) -> None:
        """See ``PageStore``."""
        self._bucket.delete(entry.key for entry in self._bucket.list(self._root(key)))

    def discard_all(self, keys: Iterable[str]) -> None:
        """See ``PageStore``."""
        for key in keys:
            self.discard(key)

    def sweep(self, live: Collection[str]) -> None:
        """See ``PageStore``."""
        kept = {self._root(key) for key in live}
        depth = len(self._prefix) + 1
        self._bucket.delete(
            entry.key
            for entry in self._bucket.list(self._prefix)
            if f"{self._prefix}/{entry.key[depth:].partition('/')[0]}" not in kept
        )

    def _earlier(self, document: DocumentRef) -> frozenset[str]:
        """Names of the document's objects when this process first worked on it: one request per document.

        Nearly always empty, which saves requests per page.
        """
        place = self._pages(document)
        if place not in self._kept:
            start = len(place) + 1
            self._kept[place] = frozenset(entry.key[start:] for entry in self._bucket.list(place))
            while len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)
        return self._kept[place]

    def _root(self, key: str) -> str:
        return f"{self._prefix}/{_hash(key)}"

    def _version(self, document: DocumentRef) -> str:
        return f"{self._root(document.key)}/{_hash(f'{document.size} {document.mtime_ns}')}"

    def _pages(self, document: DocumentRef) -> str:
        return f"{self._version(document)}/{_hash(self._fingerprint)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
