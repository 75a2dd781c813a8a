"""Documents' files in object storage.

A reader goes by the manifest, which is written last and withdrawn before any file of an older version is
touched: while there is one, all files are there as it lists them. Objects cannot be renamed in one step, so
nothing less gives a reader whole documents.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from mineru_cli.domain.manifest import FileSize, Manifest
from mineru_cli.store.local.place import fresh_folder
from mineru_cli.store.ledger.faults import writing
from mineru_cli.store.objects.bucket import Bucket
from mineru_cli.store.objects.manifests import ObjectManifests


class ObjectResults:
    """Implements ``store.ports.ResultStore`` below a prefix of a bucket. ``scratch`` is a local folder."""

    def __init__(self, bucket: Bucket, prefix: str, manifests: ObjectManifests, scratch: Path) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._manifests = manifests
        self._scratch = scratch
        self._published: set[str] | None = None

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

    def _key(self, folder: str) -> str:
        return f"{self._prefix}/{folder}" if self._prefix else folder
