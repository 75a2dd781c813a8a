"""Documents in object storage, listed in the order of their keys: a million take the memory of one request.

Objects have names with slashes rather than folders. A name whose stem others may share is held back until the
listing has passed all of them: in key order they are adjacent.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mineru_cli.domain.document import Kind, Version
from mineru_cli.domain.location import ObjectLocation, object_location
from mineru_cli.errors import DocumentUnreadable, InputNotFound, MinerUBatchError
from mineru_cli.sources.inputs import Folder, input_not_found
from mineru_cli.sources.names import (
    digest,
    document_components,
    folder_components,
    is_plain,
    join,
    kind_of,
    split,
)
from mineru_cli.sources.patterns import Filter, InputPattern, split_pattern
from mineru_cli.sources.sniff import HEAD, sniff
from mineru_cli.sources.walk import RESULT_FOLDERS, FoundFile, SkippedFiles, Unusable
from mineru_cli.store.ledger.faults import writing
from mineru_cli.store.objects.bucket import Bucket, ObjectInfo

_SECOND = 10**9


class ObjectInputs:
    """Implements ``InputSource``. ``open_bucket`` is called once per bucket, ``scratch`` holds local copies.

    What is below ``output`` is skipped.
    """

    remote = True

    def __init__(
        self,
        open_bucket: Callable[[ObjectLocation], Bucket],
        scratch: Path,
        output: ObjectLocation | None = None,
    ) -> None:
        self._open_bucket = open_bucket
        self._scratch = scratch
        self._output = output
        self._buckets: dict[str, Bucket] = {}

    def resolve(self, text: str) -> Folder | str:
        """See ``InputSource``. A URL that ends in a slash is a folder, others may be one object."""
        plain, pattern = split_pattern(text) or (text, "")
        location = _location(plain)
        bucket = self._bucket(location)
        if pattern:
            return Folder(text, location.url, InputPattern(pattern))
        if location.path and not text.endswith("/") and bucket.info(location.path):
            return location.url
        if next(bucket.list(location.path), None) is None:
            raise input_not_found(text)
        return Folder(text, location.url)

    def list(self, folder: Folder, wanted: Filter, skipped: SkippedFiles) -> Iterator[FoundFile | Unusable]:
        """See ``InputSource``."""
        location = _location(folder.path)
        output = ""
        if self._output and self._output.root == location.root and self._output.path != location.path:
            output = f"{self._output.path}/"
        listing = _Listing(self, location, folder.pattern, wanted, skipped)
        for info in self._bucket(location).list(location.path):
            if not (output and info.key.startswith(output)):
                yield from listing.take(info)
        yield from listing.end()

    def version(self, path: str) -> Version:
        """See ``InputSource``."""
        location = _location(path)
        info = self._bucket(location).info(location.path)
        if info is None:
            raise _missing(path)
        return version_of(info)

    def kind(self, path: str) -> Kind | None:
        """See ``InputSource``."""
        location = _location(path)
        try:
            head = self._bucket(location).head(location.path, HEAD)
        except MinerUBatchError as error:
            if error.fatal:
                raise
            return None
        return sniff(head) if head else None

    @contextmanager
    def open(self, path: str) -> Iterator[str]:
        """See ``InputSource``: a copy, removed at the end."""
        location = _location(path)
        copy = self._scratch / f"new-{uuid.uuid4().hex}"
        try:
            with writing(copy):
                self._scratch.mkdir(parents=True, exist_ok=True)
                found = self._bucket(location).download(location.path, copy)
            if not found:
                raise _missing(path)
            yield str(copy)
        finally:
            copy.unlink(missing_ok=True)

    def is_result_folder(self, location: ObjectLocation) -> bool:
        """Whether a folder with the name of a result folder holds results."""
        entries = self._bucket(location).list(location.path)
        return any(entry.key.endswith("_content_list.json") for entry in entries)

    def _bucket(self, location: ObjectLocation) -> Bucket:
        if location.root not in self._buckets:
            self._buckets[location.root] = self._open_bucket(location)
        return self._buckets[location.root]


def version_of(info: ObjectInfo) -> Version:
    """The version of an object: its time to the second, as all requests report it, and its ETag."""
    seconds = int(info.modified.timestamp())
    return Version(info.size, seconds * _SECOND + int(digest(info.etag), 16) % _SECOND)


class _Named(NamedTuple):
    """An object and the parts of its name."""

    info: ObjectInfo
    name: str
    stem: str
    kind: Kind | None


@dataclass(slots=True)
class _Group:
    """Documents of one folder whose names share a beginning, until the listing has passed all such names."""

    folder: str
    prefix: str
    found: list[_Named] = field(default_factory=list)


class _Listing:
    """One pass over the objects of an INPUT, in the order of their keys."""

    def __init__(
        self,
        source: ObjectInputs,
        location: ObjectLocation,
        pattern: InputPattern | None,
        wanted: Filter,
        skipped: SkippedFiles,
    ) -> None:
        self._source = source
        self._location = location
        self._root = location.root
        self._start = len(location.path) + 1 if location.path else 0
        self._pattern = pattern
        self._filter = wanted
        self._skipped = skipped
        self._groups: list[_Group] = []
        self._bare: list[str] = []
        self._keyed = ("", "")
        self._root_barred = self._is_results("")
        self._folder: tuple[str, bool, bool] = ("", self._root_barred, pattern is None)

    def take(self, info: ObjectInfo) -> Iterator[FoundFile]:
        """The documents that are final now that this object follows."""
        relative = info.key[self._start :]
        yield from self._finished_groups(relative)
        folder, _, name = relative.rpartition("/")
        barred, taken = self._entered(folder)
        if barred or not name or name.startswith("."):
            return
        selected = taken or (self._pattern is not None and self._pattern.matches(relative))
        stem, suffix = split(name)
        kind = kind_of(suffix)
        if kind:
            if selected:
                self._hold(folder, _Named(info, name, stem, kind))
        elif selected and (not suffix or not taken):
            if info.size:  # an empty object without a suffix often stands for a folder
                self._bare.append(relative)
                if self._filter.wants(relative, name):
                    yield self._candidate(folder, _Named(info, name, stem, None), stem)
        elif taken and self._filter.wants(relative, name):
            self._skipped.add(suffix)

    def end(self) -> Iterator[FoundFile]:
        """The documents that were still held back."""
        return self._finished_groups(None)

    def _entered(self, folder: str) -> tuple[bool, bool]:
        """Whether a folder is excluded, and whether all documents in it are selected."""
        if folder != self._folder[0]:
            above, _, name = folder.rpartition("/")
            barred, taken = self._entered(above) if above else (self._root_barred, self._pattern is None)
            barred = barred or name.startswith(".") or self._filter.bars(folder, name)
            if not barred and name in RESULT_FOLDERS:
                barred = self._is_results(folder)
            taken = taken or (self._pattern is not None and self._pattern.matches(folder))
            self._folder = (folder, barred, taken)
        return self._folder[1:]

    def _hold(self, folder: str, named: _Named) -> None:
        for group in self._groups:
            if group.folder == folder:
                group.found.append(named)
                return
        self._groups.append(_Group(folder, f"{_below(folder, named.stem)}.", [named]))

    def _finished_groups(self, coming: str | None) -> Iterator[FoundFile]:
        """Groups before the object ``coming`` (relative); all of them without one."""
        if self._groups:
            passed = [one for one in self._groups if coming is None or not coming.startswith(one.prefix)]
            for group in passed:
                self._groups.remove(group)
                yield from self._named(group)
        while self._bare and (coming is None or not coming.startswith(self._bare[-1])):
            self._bare.pop()

    def _named(self, group: _Group) -> Iterator[FoundFile]:
        special: dict[str, str] = {}
        if len(group.found) > 1 or self._bare or not is_plain(group.found[0].name):
            stems = {_below(group.folder, named.stem) for named in group.found}
            rivals = [bare for bare in self._bare if bare in stems and self._is_document(bare)]
            names = [named.name for named in group.found] + [bare.rpartition("/")[2] for bare in rivals]
            special = _with_hashes(document_components(names, at_top=not group.folder))
        for named in group.found:
            if self._filter.wants(_below(group.folder, named.name), named.name):
                yield self._candidate(group.folder, named, special.get(named.name) or named.stem)

    def _candidate(self, folder: str, named: _Named, component: str) -> FoundFile:
        key = join(self._folder_key(folder), component) if folder else component
        path = f"{self._root}/{named.info.key}"
        return FoundFile(path, named.stem, key, named.kind, version_of(named.info))

    def _folder_key(self, folder: str) -> str:
        if folder == self._keyed[0]:
            return self._keyed[1]
        key = ""
        for name in folder.split("/"):
            special = _with_hashes(folder_components([name], at_top=not key))
            key = join(key, special.get(name) or name)
        self._keyed = (folder, key)
        return key

    def _is_document(self, bare: str) -> bool:
        return self._source.kind(f"{self._location.url}/{bare}") is not None

    def _is_results(self, folder: str) -> bool:
        path = _below(self._location.path, folder) if folder else self._location.path
        if path.rpartition("/")[2] not in RESULT_FOLDERS:
            return False
        return self._source.is_result_folder(self._location._replace(path=path))


def _with_hashes(special: dict[str, str]) -> dict[str, str]:
    """Components that differ from a name by more than a suffix, with a hash of the name.

    Whether another name equals them is not known: the listing has not seen all names.
    """
    return {
        name: component if component == name else f"{component}~{digest(name)}"
        for name, component in special.items()
    }


def _location(path: str) -> ObjectLocation:
    location = object_location(path)
    if location is None or not location.bucket:
        raise InputNotFound(f"{path!r} names no bucket", hint="write s3://BUCKET/PATH")
    return location


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _missing(path: str) -> DocumentUnreadable:
    return DocumentUnreadable(f"{path} is not there any more", hint="repeat the command if that was meant")
