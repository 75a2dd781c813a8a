"""``baseline.json``: the manifest of a recorded baseline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mineru_cli.quality.errors import BaselineDamaged, DifferentVersions
from mineru_cli.quality.metrics.registry import SCORES
from mineru_cli.quality.normalise import NORMALISER

SCHEMA = "mineru-batch/baseline/1"
FILE = "baseline.json"
_OLDER_SCORES = ("score-v1",)
"""Score versions whose baselines can be rescored: their blocks have the current format."""


class _ManifestPart(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class ManifestEntry(_ManifestPart):
    """One document. ``shard`` is the file that holds its blocks, ``anchor`` that of its first version.

    ``anchor`` is None if the document was never re-approved, and empty for one that was added later.
    ``noise`` is the largest loss of its match in repeated runs.
    """

    path: str
    shard: str
    blocks_sha256: str
    input_sha256: str | None = None
    pages: int = 0
    noise: float = 0.0
    anchor: str | None = None


class SourceManifest(_ManifestPart):
    """``created`` in Unix seconds. ``inputs_sha256`` is the hash of all paths and input hashes."""

    schema_: str = Field(default=SCHEMA, alias="schema")
    normaliser: str = NORMALISER
    scores: str = SCORES
    created: float
    model: str = ""
    pages: str | None = None
    server: dict[str, Any] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)
    sampling: dict[str, dict[str, int | float]] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    repeats: int = 0
    inputs_sha256: str = ""
    shards: dict[str, str] = Field(default_factory=dict)
    failed: dict[str, str] = Field(default_factory=dict)
    documents: tuple[ManifestEntry, ...] = ()

    def dump(self) -> bytes:
        """JSON with one document per line, so that a diff in git shows which changed."""
        head = json_line(self.model_dump(mode="json", by_alias=True, exclude={"documents"}), indent=1)
        lines = b",\n".join(json_line(_sparse(entry)) for entry in self.documents)
        return head[:-2] + b',\n "documents": [\n' + lines + b"\n ]\n}\n"


def json_line(value: object, indent: int | None = None) -> bytes:
    """JSON with readable non-ASCII text; names that are not UTF-8 are escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent).encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent).encode()


def read_manifest(path: Path) -> SourceManifest:
    """Read the manifest. Raises ``BaselineDamaged``, and ``DifferentVersions`` for an unsupported version.

    A baseline holds the blocks themselves, so one recorded with an older score version is rescored. Only its
    noise, measured in old scores, is left out.
    """
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise BaselineDamaged(f"{path} cannot be read: {why}") from error
    if not isinstance(content, dict) or "schema" not in content:
        raise BaselineDamaged(f"{path} is not a baseline: it names no schema")
    _same_versions(path, content)
    try:
        manifest = SourceManifest.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BaselineDamaged(f"{path} is damaged at {where}: {first['msg']}") from error
    if manifest.scores == SCORES:
        return manifest
    documents = tuple(entry.model_copy(update={"noise": 0.0}) for entry in manifest.documents)
    return manifest.model_copy(update={"documents": documents, "repeats": 0})


def _same_versions(path: Path, content: dict[str, Any]) -> None:
    known: Sequence[tuple[str, Sequence[str]]] = (
        ("schema", (SCHEMA,)),
        ("normaliser", (NORMALISER,)),
        ("scores", (*_OLDER_SCORES, SCORES)),
    )
    for key, ours in known:
        if content.get(key) not in ours:
            raise DifferentVersions(
                f"{path} was recorded with {key} {content.get(key)!r}, this version has {ours[-1]!r}",
                hint="record the baseline again: mineru-batch baseline record",
            )


def _sparse(entry: ManifestEntry) -> dict[str, Any]:
    return entry.model_dump(mode="json", exclude_defaults=True)
