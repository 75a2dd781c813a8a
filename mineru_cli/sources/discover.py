"""Finds the documents that INPUTs name, streaming, in a stable order.

Single files come first, by path; then folders and patterns as given, each sorted by name, a folder's own
documents before its subfolders. Only files whose names do not reveal their type are opened, so the first
document of a million is found at once; kinds are by suffix until ``sniff.settle_kind`` reads the content.

Keys (see ``names``) are relative to the INPUT. Where a later INPUT has a key that an earlier one took, the
later document's key begins with the name of its INPUT. So a document's key depends on the INPUTs before its
own and on its neighbours in its folder, not on order of listing, shards or limits: a resume with the same
INPUTs finds the same keys, and a folder added at the end changes none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from mineru_cli.domain.document import DocumentRef
from mineru_cli.domain.failure import Failure
from mineru_cli.errors import DocumentError
from mineru_cli.sources.inputs import Inputs, input_not_found, nothing_to_convert, read_inputs
from mineru_cli.sources.names import digest, document_components, kind_of, output_stem, split, with_root
from mineru_cli.sources.patterns import Filter
from mineru_cli.sources.registry import Sources
from mineru_cli.sources.shard import Shard
from mineru_cli.sources.walk import FoundFile, SkippedFiles, Unusable, is_result_folder

__all__ = ["Discovery", "Selection", "Unusable", "discover"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters for the documents found. ``limit`` applies after all others.

    ``follow_links`` includes links in folders that lead out of them.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    limit: int | None = None
    shard: Shard | None = None
    follow_links: bool = False


class Discovery(Iterator[DocumentRef | Unusable]):
    """The documents found, and what was skipped: complete when the iteration ends."""

    def __init__(self, found: Iterator[DocumentRef | Unusable], skipped: SkippedFiles | None = None) -> None:
        self._found = found
        self.skipped = skipped or SkippedFiles()

    def __next__(self) -> DocumentRef | Unusable:
        return next(self._found)

    @property
    def skipped_links(self) -> tuple[str, ...]:
        """The first links that lead out of their INPUT and were not followed."""
        return tuple(self.skipped.links)

    @property
    def skipped_link_count(self) -> int:
        """How many there are."""
        return self.skipped.link_count

    @property
    def unsupported(self) -> dict[str, int]:
        """Files of unsupported types in folders, by lower-case suffix, most frequent first."""
        return dict(sorted(self.skipped.by_suffix.items(), key=lambda item: (-item[1], item[0])))


def discover(
    inputs: Sequence[str],
    selection: Selection,
    *,
    output: Path,
    allow_empty: bool = False,
    sources: Callable[[], Sources] | None = None,
) -> Discovery:
    """All documents, streaming. ``output`` is skipped where it lies inside an INPUT.

    ``sources`` makes the storage that a search reads from; by default local files alone. Raises
    ``InputNotFound`` at once when an INPUT names nothing or, unless ``allow_empty``, when there is nothing to
    convert. A shard may be empty. What cannot be read is yielded as ``Unusable``.
    """
    fresh = sources or (lambda: Sources(output))
    places = fresh()
    named = read_inputs(inputs, places.resolve)
    for folder in named.folders:
        if folder.pattern and not allow_empty:
            unseen = SkippedFiles(follow_links=selection.follow_links)
            matches = places.of(folder.path).list(folder, Filter(), unseen)
            if next(matches, None) is None:  # one match is enough: the search ends there
                raise input_not_found(folder.text)
    wanted = Filter(selection.include, selection.exclude)
    skipped = SkippedFiles(follow_links=selection.follow_links)
    found = _search(named, wanted, selection.shard, places, skipped)
    if not allow_empty and selection.shard is None:
        found = _not_empty(found, inputs, selection, skipped)
    elif not allow_empty:
        counted = SkippedFiles(follow_links=selection.follow_links)
        _not_empty(_search(named, wanted, None, fresh(), counted), inputs, selection, counted)
    return Discovery(_limited(found, selection.limit), skipped)


def _not_empty(
    found: Iterator[DocumentRef | Unusable],
    inputs: Sequence[str],
    selection: Selection,
    skipped: SkippedFiles,
) -> Iterator[DocumentRef | Unusable]:
    """``found``, with its first document determined now. Raises ``InputNotFound`` where there is none."""
    first = next(found, None)
    if first is None:
        raise nothing_to_convert(
            inputs,
            selection.include,
            selection.exclude,
            dict(skipped.by_suffix),
            links=skipped.link_count,
        )
    return chain((first,), found)


class _Found(NamedTuple):
    """``root`` and ``root_path`` name the INPUT; the path is empty for single files."""

    root: str
    root_path: str
    what: FoundFile | Unusable


def _limited(
    documents: Iterable[DocumentRef | Unusable], limit: int | None
) -> Iterator[DocumentRef | Unusable]:
    left = limit
    for found in documents:
        yield found
        if left is not None and isinstance(found, DocumentRef):
            left -= 1
            if left <= 0:
                return


def _search(
    inputs: Inputs, wanted: Filter, shard: Shard | None, sources: Sources, skipped: SkippedFiles
) -> Iterator[DocumentRef | Unusable]:
    taken = _Taken(inputs)
    for found in _candidates(inputs, wanted, sources, skipped):
        if not taken.is_new(found):
            continue
        key = taken.settle(found)
        if shard is not None and not shard.holds(key):
            continue
        if isinstance(found.what, Unusable):
            yield Unusable(found.what.path, key, found.what.failure)
            continue
        document = _document(found.what, key, sources, by_name=not found.root_path)
        if document is None:
            skipped.add(split(_name(found.what.path))[1])
        else:
            yield document


def _candidates(inputs: Inputs, wanted: Filter, sources: Sources, skipped: SkippedFiles) -> Iterator[_Found]:
    yield from _single_files(inputs.files, wanted)
    for folder in inputs.folders:
        name = folder.name
        for found in sources.of(folder.path).list(folder, wanted, skipped):
            yield _Found(name, folder.path, found)


def _single_files(paths: Sequence[str], wanted: Filter) -> Iterator[_Found]:
    """The INPUTs that are files, named as if they lay in one folder."""
    own = {parent for parent in {_parent(path) for path in paths} if is_result_folder(parent)}
    paths = [path for path in paths if _parent(path) not in own]
    special = document_components(sorted({_name(path) for path in paths}), at_top=True)
    for path in paths:
        name = _name(path)
        if wanted.wants(name, name):
            stem, suffix = split(name)
            key = special.get(name) or stem
            yield _Found(_name(_parent(path)) or "root", "", FoundFile(path, stem, key, kind_of(suffix)))


def _document(
    candidate: FoundFile, key: str, sources: Sources, *, by_name: bool
) -> DocumentRef | Unusable | None:
    kind = candidate.kind
    if kind is None and not by_name:
        kind = sources.of(candidate.path).kind(candidate.path)
        if kind is None:
            return None
    try:
        version = candidate.version or sources.of(candidate.path).version(candidate.path)
    except DocumentError as error:
        return Unusable(candidate.path, key, Failure.of(error))
    # A file given by its name is always taken: its reader reports what is wrong with it.
    stem = output_stem(candidate.stem)
    return DocumentRef(key, stem, candidate.path, kind or "pdf", *version)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


class _Taken:
    """Keeps files and keys unique over several INPUTs; only then it costs memory, one hash each."""

    def __init__(self, inputs: Inputs) -> None:
        several = len(inputs.folders) + bool(inputs.files) > 1
        # Folders alone meet no file twice: the walk reads each folder once.
        self._remembers_paths = several and any(folder.pattern for folder in inputs.folders)
        self._remembers_keys = several or len(inputs.files) > 1
        self._paths = {_hash(path) for path in inputs.files}
        self._keys: set[int] = set()

    def is_new(self, found: _Found) -> bool:
        """False for a file that another INPUT named before."""
        if not self._paths and not self._remembers_paths:
            return True
        mark = _hash(found.what.path)
        if mark in self._paths:
            return not found.root_path
        if self._remembers_paths:
            self._paths.add(mark)
        return True

    def settle(self, found: _Found) -> str:
        """The key itself, or one below the INPUT's name when an earlier INPUT took it."""
        key = preferred = found.what.key
        if not self._remembers_keys:
            return key
        unique = ""
        while (mark := _hash(preferred)) in self._keys:
            preferred = with_root(found.root, key, unique=unique)
            unique = f"{unique}\0{found.what.path}"
        self._keys.add(mark)
        return preferred


def _hash(text: str) -> int:
    return int(digest(text), 16)
