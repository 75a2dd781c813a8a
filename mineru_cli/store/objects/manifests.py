"""Manifests in object storage: one object per document, named like it: a listing gives all documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from mineru_cli.domain.codec import encode
from mineru_cli.domain.manifest import Manifest, RunSettings, format_run, parse_manifest, parse_run
from mineru_cli.store.objects.bucket import Bucket

_SUFFIX = ".json"
AT_ONCE = 32
"""Manifests that are read concurrently."""


class ObjectManifests:
    """Implements ``store.ports.ManifestStore`` below a prefix of a bucket."""

    def __init__(self, bucket: Bucket, prefix: str) -> None:
        self._bucket = bucket
        self._documents, self._runs = f"{prefix}/manifests", f"{prefix}/runs"

    def write(self, manifest: Manifest) -> None:
        """See ``ManifestStore``."""
        self._bucket.put(self._key(manifest.document.key), encode(manifest).encode("ascii"))

    def withdraw(self, key: str) -> None:
        """Remove a document's manifest: its files are about to change."""
        self._bucket.delete([self._key(key)])

    def read(self, key: str) -> Manifest | None:
        """See ``ManifestStore``."""
        found = self._bucket.get(self._key(key))
        return parse_manifest(found[0]) if found else None

    def keys(self) -> Iterator[str]:
        """Keys of all documents with a manifest: a listing, one request per 1,000 documents."""
        start = len(self._documents) + 1
        for entry in self._bucket.list(self._documents):
            if entry.key.endswith(_SUFFIX):
                yield entry.key[start : -len(_SUFFIX)]

    def all(self) -> Iterator[Manifest]:
        """See ``ManifestStore``."""
        keys = self.keys()
        while some := list(islice(keys, 8 * AT_ONCE)):
            yield from self.of(some)

    def of(self, keys: Sequence[str]) -> Iterator[Manifest]:
        """The readable manifests of these documents, by concurrent requests."""
        if keys:
            with ThreadPoolExecutor(AT_ONCE, "manifests") as pool:
                yield from filter(None, pool.map(self.read, keys))

    def write_run(self, run: RunSettings) -> None:
        """See ``ManifestStore``."""
        self._bucket.put(f"{self._runs}/{run.fingerprint}{_SUFFIX}", format_run(run))

    def runs(self) -> list[RunSettings]:
        """See ``ManifestStore``."""
        entries = sorted(self._bucket.list(self._runs), key=lambda entry: entry.modified)
        contents = (self._bucket.get(entry.key) for entry in entries)
        return [run for content in contents if content and (run := parse_run(content[0]))]

    def _key(self, key: str) -> str:
        return f"{self._documents}/{key}{_SUFFIX}"
