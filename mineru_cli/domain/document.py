"""Documents and units of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["pdf", "image"]
Status = Literal["done", "partial", "failed", "skipped"]


class Version(NamedTuple):
    """What a changed document is known by: ``size`` in bytes, and ``mtime_ns``.

    Object storage knows the time to the second: the rest of ``mtime_ns`` is a hash of the ETag there.
    """

    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """One input document, as discovery found it.

    ``key`` is its folder under OUT (POSIX, valid UTF-8, unique in a run) and its name in ledger and events.
    ``stem`` is the base name of its output files. ``path`` is the file's path (``os.fsdecode`` text: names
    that are no UTF-8 carry surrogates), or its URL in object storage. ``size`` in bytes and ``mtime_ns`` are
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
    """Pages ``start`` to ``stop`` - 1, counted from 0."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Unit:
    """What a worker is handed: a window of pages of one document.

    ``skip`` lists pages of the window that need no work: done before, not selected, or poisoned.
    """

    id: int
    document: DocumentRef
    window: PageWindow
    skip: tuple[int, ...] = ()
