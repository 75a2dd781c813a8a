"""Walks one INPUT folder: sorted, streaming, without recursion, each folder once.

Memory holds the names of the folder being read and of the subfolders still to come, never the tree.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mineru_cli.domain.document import Kind, Version
from mineru_cli.domain.failure import Failure
from mineru_cli.errors import DocumentUnreadable
from mineru_cli.sources.inputs import Folder
from mineru_cli.sources.names import document_components, folder_components, join, kind_of, split
from mineru_cli.sources.patterns import Filter
from mineru_cli.sources.sniff import sniff_file
from mineru_cli.store.ledger.faults import shown

RESULT_FOLDERS = frozenset({"vlm", "auto", "txt", "ocr", "hybrid_auto", "hybrid_txt", "hybrid_ocr"})
"""Names of the folders that hold a document's results: ours, and those of MinerU's other backends."""
NO_SUFFIX = "no suffix"
LINKS_NAMED = 100
_SUFFIXES_KEPT = 200


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file or folder that cannot be read. ``key`` is unique like a document's; a folder's ends in ``/``."""

    path: str
    key: str
    failure: Failure


class FoundFile(NamedTuple):
    """A file that may be a document. ``kind`` is None where the name does not reveal it: its content does.

    ``version`` is None where the listing has none: ``InputSource.version`` returns it.
    """

    path: str
    stem: str
    key: str
    kind: Kind | None
    version: Version | None = None


class SkippedFiles:
    """What a search leaves out: files of no supported type, and links that lead out of their INPUT.

    ``by_suffix`` counts the former by lower-case suffix. Of the latter, which are taken with
    ``follow_links``, ``links`` names the first and ``link_count`` counts all.
    """

    def __init__(self, *, follow_links: bool = False) -> None:
        self.follow_links = follow_links
        self.by_suffix: Counter[str] = Counter()
        self.links: list[str] = []
        self.link_count = 0

    def add_link(self, path: str) -> None:
        """Record a link; only count it where very many were recorded."""
        self.link_count += 1
        if len(self.links) < LINKS_NAMED:
            self.links.append(path)

    def add(self, suffix: str) -> None:
        """Count a file; one of the rarer suffixes as "other" where there are very many."""
        name = suffix.lower() or NO_SUFFIX
        known = name in self.by_suffix or len(self.by_suffix) < _SUFFIXES_KEPT
        self.by_suffix[name if known else "other"] += 1


class _Place(NamedTuple):
    path: str
    relative: str
    key: str
    taken: bool  # all documents here are selected, not only those that match the INPUT's pattern


@dataclass(slots=True)
class _FolderListing:
    documents: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    failure: Failure | None = None


class Visited:
    """Folders already read, by device and inode: ends loops of links, and keeps OUT from being read.

    ``output`` may be created during the walk.
    """

    def __init__(self, output: Path) -> None:
        self._output = os.path.realpath(output)
        self._output_identity: tuple[int, int] | None = None
        self._seen: set[tuple[int, int]] = set()

    def enter(self, path: str) -> bool:
        """Whether the folder is to be read; remembers it. Raises ``OSError``."""
        identity = _identity(path)
        if self._is_output(identity):
            return False
        return self._remember(identity)

    def enter_root(self, path: str) -> bool:
        """The same for an INPUT: one that is OUT itself is read, but for what a run wrote there."""
        return self._remember(_identity(path))

    def _remember(self, identity: tuple[int, int]) -> bool:
        if identity in self._seen:
            return False
        self._seen.add(identity)
        return True

    def _is_output(self, identity: tuple[int, int]) -> bool:
        if self._output_identity is None:
            try:
                self._output_identity = _identity(self._output)
            except OSError:
                return False
        return identity == self._output_identity


class Walk:
    """The documents of one INPUT folder. Names that begin with a dot are skipped."""

    def __init__(
        self, root: Folder, filtered: Filter, visited: Visited, skipped: SkippedFiles | None = None
    ) -> None:
        self._root = root
        self._real_root = os.path.realpath(root.path)
        self._pattern = root.pattern
        self._filter = filtered
        self._visited = visited
        self._skipped = SkippedFiles() if skipped is None else skipped

    def __iter__(self) -> Iterator[FoundFile | Unusable]:
        pending = [iter([_Place(self._root.path, "", "", taken=self._pattern is None)])]
        while pending:
            place = next(pending[-1], None)
            if place is None:
                pending.pop()
                continue
            listing = self._list(place)
            if listing.failure is not None:
                key = f"{place.key or self._root.name}/"
                yield Unusable(place.path, key, listing.failure)
            yield from self._documents(place, listing)
            pending.append(self._subfolders(place, listing.folders))

    def _list(self, place: _Place) -> _FolderListing:
        listing = _FolderListing()
        enter = self._visited.enter if place.relative else self._visited.enter_root
        try:
            if enter(place.path) and (place.relative or not is_result_folder(place.path)):
                with os.scandir(place.path) as entries:
                    for entry in entries:
                        self._sort_in(entry, place, listing)
        except OSError as error:
            listing.failure = Failure.of(unreadable(error, "folder"))
        listing.documents.extend(_true_documents(place, listing))
        listing.documents.sort(reverse=True)
        listing.folders.sort(reverse=True)
        return listing

    def _sort_in(self, entry: os.DirEntry[str], place: _Place, listing: _FolderListing) -> None:
        name = entry.name
        if name.startswith(".") or self._is_skipped_link(entry, place):
            return
        if _is_folder(entry):
            if not is_result_folder(entry.path):
                listing.folders.append(name)
            return
        suffix = split(name)[1]
        if kind_of(suffix):
            if place.taken or self._selected(place, name):
                listing.documents.append(name)
        elif (not suffix and place.taken) or (not place.taken and self._selected(place, name)):
            listing.bare.append(name)
        elif place.taken and self._filter.wants(_below(place.relative, name), name):
            self._skipped.add(suffix)

    def _is_skipped_link(self, entry: os.DirEntry[str], place: _Place) -> bool:
        """Whether the entry is a link that is not followed."""
        if self._skipped.follow_links or not entry.is_symlink():
            return False
        target = os.path.realpath(entry.path)
        if target == self._real_root or target.startswith(f"{self._real_root.rstrip('/')}/"):
            return False
        if not self._filter.bars(_below(place.relative, entry.name), entry.name):
            self._skipped.add_link(entry.path)
        return True

    def _documents(self, place: _Place, listing: _FolderListing) -> Iterator[FoundFile]:
        names = listing.documents
        special = document_components(names, at_top=not place.key)
        parent = place.path.rstrip("/")
        while names:
            name = names.pop()
            if not self._filter.wants(_below(place.relative, name), name):
                continue
            stem, suffix = split(name)
            key = join(place.key, special.get(name) or stem)
            yield FoundFile(f"{parent}/{name}", stem, key, kind_of(suffix))

    def _subfolders(self, place: _Place, names: list[str]) -> Iterator[_Place]:
        special = folder_components(names, at_top=not place.key)
        while names:
            name = names.pop()
            relative = _below(place.relative, name)
            taken = place.taken or self._selected(place, name)
            if self._filter.bars(relative, name) or not (taken or self._may_match_below(relative)):
                continue
            key = join(place.key, special.get(name) or name)
            yield _Place(f"{place.path.rstrip('/')}/{name}", relative, key, taken)

    def _selected(self, place: _Place, name: str) -> bool:
        return self._pattern is not None and self._pattern.matches(_below(place.relative, name))

    def _may_match_below(self, relative: str) -> bool:
        return self._pattern is not None and self._pattern.leads_to(relative)


def unreadable(error: OSError, what: str) -> DocumentUnreadable:
    """The error for a file or folder that the system does not let us read."""
    return DocumentUnreadable(
        f"the {what} cannot be read: {shown(error.strerror or str(error))}",
        hint="check that it is still there and its permissions",
    )


def _true_documents(place: _Place, listing: _FolderListing) -> list[str]:
    """Names without a known suffix that stay candidates.

    They are opened only when their turn comes, except where a document's stem equals such a name: whether
    that document keeps its suffix hangs on it.
    """
    if not listing.bare:
        return []
    stems = {split(name)[0] for name in listing.bare}
    contested = stems & {split(name)[0] for name in listing.documents}
    return [
        name
        for name in listing.bare
        if split(name)[0] not in contested or looks_like(f"{place.path.rstrip('/')}/{name}")
    ]


def _identity(path: str) -> tuple[int, int]:
    status = os.stat(path)  # noqa: PTH116  a Path for each folder is dear
    return status.st_dev, status.st_ino


def looks_like(path: str) -> Kind | None:
    """The kind of a file by its content, None for anything else and for what cannot be read."""
    try:
        return sniff_file(path)
    except OSError:
        return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_result_folder(path: str) -> bool:
    """Whether a folder holds what a run, or MinerU itself, wrote for a document."""
    if path.rpartition("/")[2] not in RESULT_FOLDERS:
        return False
    try:
        with os.scandir(path) as entries:
            return any(entry.name.endswith("_content_list.json") for entry in entries)
    except OSError:
        return False


def _below(relative: str, name: str) -> str:
    return f"{relative}/{name}" if relative else name
