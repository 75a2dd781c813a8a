"""Documents and units of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["pdf", "image"]
Status = Literal["done", "partial", "failed", "skipped"]


class Version(NamedTuple):
    """Values that show whether a document has changed: ``size`` in bytes, and ``mtime_ns``.

    In object storage times have a resolution of one second: the rest of ``mtime_ns`` is a hash of the ETag.
    """

    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """One input document, as discovered.

    ``key`` is its folder under OUT (POSIX, valid UTF-8, unique in a run) and its name in ledger and events.
    ``stem`` is the base name of its output files. ``path`` is the file's path (``os.fsdecode`` text: names
    that are not UTF-8 have surrogates), or its URL in object storage. ``size`` in bytes and ``mtime_ns`` are
    its ``Version``.
    """

    key: str
    stem: str
    path: str
    kind: Kind
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class PageWindow:
    """Pages ``start`` to ``stop`` - 1, 0-based."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of work for a worker: a window of pages of one document.

    ``skip`` lists pages of the window without work: done before, not selected, or poisoned.
    """

    id: int
    document: DocumentRef
    window: PageWindow
    skip: tuple[int, ...] = ()
