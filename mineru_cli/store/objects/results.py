"""Documents' files in object storage.

A reader relies on the manifest, which is written last and removed before any file of an older version
changes: while it exists, all files are as it lists them. Objects cannot be renamed atomically, so nothing
less gives readers complete documents.
"""

from __future__ import annotations

import hashlib
import uuid
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mineru_cli.domain.manifest import Manifest
from mineru_cli.store.ledger.faults import writing
from mineru_cli.store.ledger.records import DocumentRecord
from mineru_cli.store.local.files import prepare_output
from mineru_cli.store.local.place import fresh_folder, recover
from mineru_cli.store.objects.bucket import Bucket
from mineru_cli.store.objects.manifests import ObjectManifests
from mineru_cli.store.run_folder import STATE


class ObjectResults:
    """Implements ``store.ports.ResultStore`` below a prefix of a bucket. ``scratch`` is a local folder."""

    def __init__(self, bucket: Bucket, prefix: str, manifests: ObjectManifests, scratch: Path) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._manifests = manifests
        self._scratch = scratch
        self._published: array[int] | None = None

    def prepare(self) -> None:
        """See ``ResultStore``: this machine's work folder, and the bucket."""
        prepare_output(self._scratch.parent.parent)
        probe = self._key(f"{STATE}/probe-{uuid.uuid4().hex}")
        next(self._bucket.list(self._key(STATE)), None)  # names a bucket that does not exist more clearly
        self._bucket.put(probe, b"mineru-batch")
        self._bucket.delete([probe])

    def recover(self) -> None:
        """See ``ResultStore``: a half-published document has no manifest, so only drafts are left here."""
        recover(self._scratch, self._scratch)

    @contextmanager
    def draft(self, folder: str) -> Iterator[Path]:
        """See ``ResultStore``."""
        with writing(self._scratch), fresh_folder(self._scratch) as path:
            yield path

    def publish(self, draft: Path, manifest: Manifest) -> None:
        """See ``ResultStore``."""
        place = self._key(manifest.folder)
        before = [entry.key for entry in self._bucket.list(place)]
        if before:
            self._manifests.withdraw(manifest.document.key)
        names = {f"{place}/{file.name}": draft / file.name for file in manifest.files}
        self._bucket.put_all(names.items())
        self._manifests.write(manifest)
        self._bucket.delete(key for key in before if key not in names)

    def missing(self, records: Mapping[str, DocumentRecord]) -> set[str]:
        """See ``ResultStore``. The first call lists all manifests and keeps eight bytes of each."""
        if self._published is None:
            self._published = array("Q", sorted(map(_mark, self._manifests.keys())))
        written = (key for key, record in records.items() if record.status in ("done", "partial"))
        return {key for key in written if not _holds(self._published, _mark(key))}

    def _key(self, folder: str) -> str:
        return f"{self._prefix}/{folder}" if self._prefix else folder


def _mark(key: str) -> int:
    return int.from_bytes(
        hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big"
    )


def _holds(marks: array[int], mark: int) -> bool:
    place = bisect_left(marks, mark)
    return place < len(marks) and marks[place] == mark
