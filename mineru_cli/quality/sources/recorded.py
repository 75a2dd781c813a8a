"""A recorded baseline: ``baseline.json`` and its shards."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mineru_cli.quality.blocks import Document
from mineru_cli.quality.errors import BaselineDamaged
from mineru_cli.quality.metrics.registry import SCORES
from mineru_cli.quality.sources.manifest import FILE, ManifestEntry, SourceManifest, read_manifest
from mineru_cli.quality.sources.shards import unpack
from mineru_cli.quality.sources.source import Facts

_NAME = "/\\\0"


@dataclass(frozen=True)
class RecordedBaseline:
    """See the module. ``location`` is the folder, ``scores`` its score version."""

    location: Path
    entries: Mapping[str, ManifestEntry]
    facts: Facts
    failed: Mapping[str, str]
    kind: str = "baseline"
    scores: str = SCORES

    @property
    def paths(self) -> Sequence[str]:
        """Paths of the documents, sorted."""
        return sorted(self.entries)

    @property
    def noise(self) -> Mapping[str, float]:
        """Loss of a document's match in repeated runs; only documents with a loss."""
        return {path: entry.noise for path, entry in self.entries.items() if entry.noise}

    def read(self, path: str) -> Document:
        """The blocks of one document."""
        return _shard(str(self.location / self.entries[path].shard))[path]

    def input_sha256(self, path: str) -> str | None:
        """As recorded."""
        entry = self.entries.get(path)
        return entry.input_sha256 if entry else None

    def input_file(self, path: str) -> Path | None:
        """Not kept."""
        return None

    def anchor(self) -> RecordedBaseline | None:
        """The first version of documents approved since; None if there are none.

        Documents added later have no first version and are left out.
        """
        first = {
            path: entry.model_copy(update={"shard": entry.anchor})
            for path, entry in self.entries.items()
            if entry.anchor
        }
        return RecordedBaseline(self.location, first, self.facts, {}) if first else None


def open_baseline(location: Path) -> RecordedBaseline | None:
    """The baseline in a folder, or of a ``baseline.json``; None if there is none.

    Raises ``BaselineDamaged`` and ``DifferentVersions``.
    """
    file = location / FILE if location.is_dir() else location
    if file.suffix != ".json" or not file.is_file():
        return None
    manifest = read_manifest(file)
    _check_shards(file.parent, manifest)
    facts = Facts(
        manifest.pages, manifest.model, manifest.server, shaping=manifest.settings, versions=manifest.versions
    )
    entries = {entry.path: entry for entry in manifest.documents}
    return RecordedBaseline(file.parent, entries, facts, manifest.failed, scores=manifest.scores)


def _check_shards(folder: Path, manifest: SourceManifest) -> None:
    """Check that every shard exists and is the recorded one, before anything is scored against it."""
    for name, recorded in manifest.shards.items():
        if any(c in name for c in _NAME):
            raise BaselineDamaged(f"{name!r} is not the name of a file next to {FILE}")
        try:
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            raise BaselineDamaged(f"{folder / name} cannot be read: {error.strerror}") from error
        if digest != recorded:
            raise BaselineDamaged(
                f"{folder / name} is not the file that {FILE} was written with",
                hint="check out both from the same commit (with git LFS, fetch the files themselves)",
            )
    for entry in manifest.documents:
        for shard in (entry.shard, entry.anchor):
            if shard and shard not in manifest.shards:
                raise BaselineDamaged(f"{FILE} lists no shard {shard!r}, which holds {entry.path}")


@lru_cache(maxsize=2)
def _shard(path: str) -> dict[str, Document]:
    return unpack(Path(path).read_bytes())
