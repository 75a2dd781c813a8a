"""Manifests as files below ``OUT/.mineru-batch/manifests``, and the settings behind them.

Layout::

    <2 digits>/<hash of key>.json     one document
    runs/<fingerprint>.json           the last run with these settings
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from mineru_cli.domain.codec import encode
from mineru_cli.domain.manifest import Manifest, RunSettings, format_run, parse_manifest, parse_run
from mineru_cli.store.local.files import write_file

_RUNS = "runs"


class Manifests:
    """Implements ``store.ports.ManifestStore`` in a folder. Several processes may use it at once."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, manifest: Manifest) -> None:
        """See ``ManifestStore``."""
        path = self._path(manifest.document.key)
        write_file(path, encode(manifest).encode("ascii"), durable=False, private=True)

    def read(self, key: str) -> Manifest | None:
        """See ``ManifestStore``."""
        return _read(self._path(key))

    def all(self) -> Iterator[Manifest]:
        """See ``ManifestStore``."""
        for folder in sorted(self._root.glob("??")):  # of a million, four thousand names at a time
            for path in sorted(folder.glob("*.json")):
                if (manifest := _read(path)) is not None:
                    yield manifest

    def write_run(self, run: RunSettings) -> None:
        """See ``ManifestStore``."""
        path = self._root / _RUNS / f"{run.fingerprint}.json"
        write_file(path, format_run(run), durable=False, private=True)

    def runs(self) -> list[RunSettings]:
        """See ``ManifestStore``."""
        found = []
        for path in sorted(self._root.glob(f"{_RUNS}/*.json"), key=lambda path: path.stat().st_mtime_ns):
            with suppress(OSError):
                found.append(parse_run(path.read_bytes()))
        return [run for run in found if run is not None]

    def _path(self, key: str) -> Path:
        mark = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return self._root / mark[:2] / f"{mark}.json"


def _read(path: Path) -> Manifest | None:
    try:
        return parse_manifest(path.read_bytes())
    except OSError:
        return None
