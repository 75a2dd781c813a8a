"""Page results of unfinished documents: a killed run resumes from them.

One small file per page, and the crops next to them, so that several worker processes write at once without a
common lock. Layout, below the spool's root::

    <hash of key>/<hash of size and mtime>/figures/<name>.jpg
    <hash of key>/<hash of size and mtime>/<fingerprint>/<page>.json          a page that was read
    <hash of key>/<hash of size and mtime>/<fingerprint>/<page>.failed.json   a page that failed
    <hash of key>/<hash of size and mtime>/<fingerprint>/<page>.replies       replies of an incomplete page

A changed document or other settings lead to other folders, so old pages cannot be mistaken for new ones.
Everything raises ``DiskFull`` or ``OutputNotWritable``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from mineru_cli.domain.codec import encode
from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.page import PageResult
from mineru_cli.store.ledger.faults import writing
from mineru_cli.store.local.files import TEMPORARY, write_file
from mineru_cli.store.local.place import link_or_copy
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


class Spool:
    """Implements ``store.ports.PageStore`` in a folder, ``root``. Several processes may use it at once.

    ``fingerprint`` identifies the settings of the run: pages of other settings are ignored.
    """

    def __init__(self, root: Path, fingerprint: str) -> None:
        self._root = root
        self._fingerprint = fingerprint

    def save(
        self,
        document: DocumentRef,
        page: PageResult,
        figures: dict[str, bytes],
        replies: Mapping[str, str] = NO_REPLIES,
    ) -> None:
        """Keep one page. Once this returns, the page survives a ``kill -9``.

        ``replies`` are the good ones of an incomplete page, by request: a later run sends only the others.

        ``figures`` maps file names, which are hashes of their content, to JPEG bytes. They are written first:
        the page's own file marks it as done.
        """
        require_plain_names(figures)
        for name, data in figures.items():
            figure = self.figures(document) / name
            if not figure.exists():
                write_file(figure, data, durable=False)
        folder = self._pages(document)
        if replies:
            write_file(folder / f"{page.index}{REPLIES}", format_replies(replies), durable=False)
        suffix, other = (FAILED, READ) if page.failure else (READ, FAILED)
        write_file(folder / f"{page.index}{suffix}", encode(page).encode(), durable=False, private=True)
        with writing(folder):
            (folder / f"{page.index}{other}").unlink(missing_ok=True)

    def done(self, document: DocumentRef) -> dict[int, bool]:
        """The kept pages of the document's present version, by index, and whether each is to be read again.

        A page that failed or lost content is.

        Pages of an older version of the file or of other settings are dropped, and so is every page file that
        cannot be read or lacks a figure. Call it before pages are assigned.
        """
        folder = self._pages(document)
        self._drop_others(folder)
        pages: dict[int, bool] = {}
        for index, path in sorted(_page_files(folder)):
            page = self._read(document, path, index)
            if page is None:
                with writing(path):
                    path.unlink(missing_ok=True)
            else:
                pages[index] = pages.get(index, True) and (page.failure or page.loss) is not None
        return pages

    def load(self, document: DocumentRef, index: int) -> PageResult:
        """One page. Raises ``PageUnreadable`` when it is not (or no longer) there."""
        folder = self._pages(document)
        for suffix in (READ, FAILED):
            page = self._read(document, folder / f"{index}{suffix}", index)
            if page is not None:
                return page
        raise page_gone(document, index)

    def pages(self, document: DocumentRef, indices: Iterable[int]) -> Iterator[PageResult]:
        """These pages in this order, one in memory at a time. Raises ``PageUnreadable`` for a missing one."""
        for index in indices:
            yield self.load(document, index)

    def replies(self, document: DocumentRef, index: int) -> dict[str, str]:
        """The good replies of an incomplete page; empty for every other page."""
        path = self._pages(document) / f"{index}{REPLIES}"
        try:
            return parse_replies(path.read_bytes())
        except OSError:
            return {}

    def bring_figure(self, document: DocumentRef, name: str, target: Path) -> bool:
        """See ``PageStore``. The same file under a second name where the file system can."""
        return is_plain_name(name) and link_or_copy(self.figures(document) / name, target)

    def figures(self, document: DocumentRef) -> Path:
        """The folder of the document's crops, which may not exist."""
        return self._version(document) / FIGURES

    def discard(self, key: str) -> None:
        """Remove the document's pages, of all its versions."""
        _remove(self._root / _hash(key))

    def discard_all(self, keys: Iterable[str]) -> None:
        """Remove the pages of these documents."""
        for key in keys:
            self.discard(key)

    def sweep(self, live: Collection[str]) -> None:
        """Remove all documents but those whose keys are ``live``, and unfinished files.

        Call it while no worker runs.
        """
        kept = {_hash(key) for key in live}
        for entry in _entries(self._root):
            if entry.name not in kept:
                _remove(Path(entry.path))
        for folder, _, names in os.walk(self._root):
            for name in names:
                if name.startswith(TEMPORARY):
                    with writing(self._root):
                        Path(folder, name).unlink(missing_ok=True)

    def _version(self, document: DocumentRef) -> Path:
        return self._root / _hash(document.key) / _hash(f"{document.size} {document.mtime_ns}")

    def _pages(self, document: DocumentRef) -> Path:
        return self._version(document) / _hash(self._fingerprint)

    def _drop_others(self, folder: Path) -> None:
        version = folder.parent
        for entry in _entries(version.parent):
            if entry.name != version.name:
                _remove(Path(entry.path))
        for entry in _entries(version):
            if entry.name not in (folder.name, FIGURES):
                _remove(Path(entry.path))

    def _read(self, document: DocumentRef, path: Path, index: int) -> PageResult | None:
        try:
            page = parse_page(path.read_bytes(), index)
        except OSError:
            return None
        if page is None:
            return None
        figures = self.figures(document)
        if any(block.figure and not (figures / block.figure).is_file() for block in page.blocks):
            return None
        return page


def _page_files(folder: Path) -> Iterator[tuple[int, Path]]:
    for entry in _entries(folder):
        if (index := page_index(entry.name)) is not None:
            yield index, Path(entry.path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with writing(folder):
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except FileNotFoundError:
            return []


def _remove(path: Path) -> None:
    with writing(path):
        try:
            shutil.rmtree(path)
        except FileNotFoundError:
            return
        except NotADirectoryError:
            path.unlink(missing_ok=True)


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
