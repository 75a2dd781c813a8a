"""One bucket of object storage. Calls block and are thread-safe; errors are those of our tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import obstore
from obstore.exceptions import AlreadyExistsError, PreconditionError

from mineru_cli.store.objects.faults import translated

LISTED_AT_ONCE = 1000
"""Objects per request of a listing, and per request that deletes."""
DOWNLOAD_CHUNK = 8 * 1024**2


class ObjectInfo(NamedTuple):
    """An object without its content. ``modified`` is by the storage's clock."""

    key: str
    size: int
    modified: datetime
    etag: str


class Bucket:
    """``store`` is one of obstore's; ``root`` is the bucket's URL, for messages."""

    def __init__(self, store: Any, root: str) -> None:
        self._store = store
        self.root = root

    def put(self, key: str, data: bytes | Path) -> None:
        """Write an object, replacing an older one."""
        with translated(self.root, key):
            obstore.put(self._store, key, data)

    def create(self, key: str, data: bytes) -> str | None:
        """Create an object and return its ETag; None where it exists already."""
        try:
            with translated(self.root, key):
                return obstore.put(self._store, key, data, mode="create", use_multipart=False)["e_tag"] or ""
        except (AlreadyExistsError, PreconditionError, FileExistsError):
            return None

    def exchange(self, key: str, data: bytes, etag: str) -> str | None:
        """Replace the version with this ETag; None where there is another one by now."""
        try:
            with translated(self.root, key):
                done = obstore.put(self._store, key, data, mode={"e_tag": etag}, use_multipart=False)
                return done["e_tag"] or ""
        except (AlreadyExistsError, PreconditionError, FileExistsError, FileNotFoundError):
            return None

    def get(self, key: str) -> tuple[bytes, ObjectInfo] | None:
        """Content and facts of a small object; None where there is none."""
        try:
            with translated(self.root, key, reading=True):
                found = obstore.get(self._store, key)
                return bytes(found.bytes()), _info(found.meta)
        except FileNotFoundError:
            return None

    def info(self, key: str) -> ObjectInfo | None:
        """Facts of an object; None where there is none."""
        try:
            with translated(self.root, key):
                return _info(obstore.head(self._store, key))
        except FileNotFoundError:
            return None

    def head(self, key: str, length: int) -> bytes | None:
        """The first bytes of an object; None where there is none."""
        try:
            with translated(self.root, key, reading=True):
                found = obstore.get(self._store, key, options={"range": (0, length)})
                return bytes(found.bytes())
        except FileNotFoundError:
            return None

    def download(self, key: str, target: Path) -> bool:
        """Copy an object to a local file, piece by piece; False where there is none. Raises ``OSError``."""
        try:
            with translated(self.root, key, reading=True):
                pieces = obstore.get(self._store, key).stream(min_chunk_size=DOWNLOAD_CHUNK)
        except FileNotFoundError:
            return False
        with target.open("wb") as file:
            while True:
                with translated(self.root, key, reading=True):
                    piece = next(pieces, None)
                if piece is None:
                    return True
                file.write(piece)

    def list(self, prefix: str, *, after: str = "") -> Iterator[ObjectInfo]:
        """Objects below a folder, by key, after the key ``after``; the objects of one request in memory."""
        with translated(self.root):
            chunks = obstore.list(
                self._store, prefix or None, offset=after or None, chunk_size=LISTED_AT_ONCE
            )
        while True:
            with translated(self.root):
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield from map(_info, chunk)

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; missing ones are not an error."""
        left = iter(keys)
        while some := list(islice(left, LISTED_AT_ONCE)):
            try:
                with translated(self.root):
                    obstore.delete(self._store, some)
            except FileNotFoundError:
                if len(some) > 1:
                    for key in some:
                        self.delete([key])

    def put_all(self, files: Iterable[tuple[str, Path]], *, at_once: int = 8) -> None:
        """Write several files at the same time. The first error is raised once all have ended."""
        with ThreadPoolExecutor(at_once, "upload") as pool:
            for done in [pool.submit(self.put, key, path) for key, path in files]:
                done.result()


def _info(meta: Any) -> ObjectInfo:
    return ObjectInfo(meta["path"], meta["size"], meta["last_modified"], meta["e_tag"] or "")
