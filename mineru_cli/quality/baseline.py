"""Recording a baseline and approving changes to it."""

from __future__ import annotations

import getpass
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from math import ceil
from pathlib import Path

from mineru_cli.engine.report import versions
from mineru_cli.quality.blocks import Document
from mineru_cli.quality.errors import ApprovalRefused, BaselineDamaged, NothingToCompare
from mineru_cli.quality.matching.documents import pair_documents
from mineru_cli.quality.metrics.registry import SCORES
from mineru_cli.quality.pool import Job, score_pairs
from mineru_cli.quality.settings import Scoring
from mineru_cli.quality.sources.manifest import FILE, ManifestEntry, SourceManifest, json_line, read_manifest
from mineru_cli.quality.sources.recorded import RecordedBaseline, open_baseline
from mineru_cli.quality.sources.shards import DOCUMENTS_PER_SHARD, pack
from mineru_cli.quality.sources.source import Facts, Source
from mineru_cli.recipes.registry import samplings_of
from mineru_cli.store.local.files import write_file

HISTORY = "history.jsonl"
_KEPT_SETTINGS = ("model", "recipe", "text", "pages", "page_fallback", "max_tokens", "rendering")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording or approving wrote. ``size`` is the total of the baseline's files in bytes."""

    folder: Path
    documents: int
    size: int
    noisy: int = 0


def record(
    run: Source, folder: Path, *, now: float, repeats: Sequence[Source] = (), workers: int | None = None
) -> Recorded:
    """Record ``run`` as the baseline in ``folder``, replacing what is there.

    ``repeats`` are further runs over the same inputs with the same settings; their differences are the run's
    noise. ``now`` in Unix seconds. Raises ``NothingToCompare``, also for a document that cannot be read, and
    ``OutputError``; until the new manifest is written, the baseline in ``folder`` stays as it is.
    """
    if not run.paths:
        raise NothingToCompare(f"{run.location} has no documents to record")
    noise = _noise(run, repeats, workers)
    paths, entries, shards = run.paths, [], {}
    for start in range(0, len(paths), DOCUMENTS_PER_SHARD):
        documents = [_read(run, path) for path in paths[start : start + DOCUMENTS_PER_SHARD]]
        name, digest = _write_shard(folder, "blocks", documents)
        shards[name] = digest
        entries += [_entry(document, name, run.input_sha256(document.path), noise) for document in documents]
    manifest = _manifest(run, entries, shards, repeats=len(repeats), now=now)
    write_file(folder / FILE, manifest.dump())
    _remove_unlisted(folder, manifest)
    _remember(folder, {"at": now, "what": "recorded", "from": str(run.location), "documents": len(entries)})
    return Recorded(folder, len(entries), _size(folder, manifest), len(noise))


def approve(
    folder: Path,
    run: Source,
    globs: Sequence[str],
    reason: str,
    *,
    now: float,
    in_ci: bool = False,
    force: bool = False,
) -> Recorded:
    """Replace the documents that match a glob with the run's version, and record the reason.

    The first version of each is kept as its anchor. Raises ``ApprovalRefused`` without a reason, without a
    matching document, or in CI unless ``force``: a gate must not approve itself.
    """
    baseline = open_baseline(folder)
    if baseline is None:
        raise BaselineDamaged(f"{folder} has no {FILE}", hint="record one: mineru-batch baseline record")
    if in_ci and not force:
        raise ApprovalRefused("a baseline is not approved in CI", hint="approve it by hand, or add --force")
    if not reason.strip():
        raise ApprovalRefused("an approval needs a reason", hint="say it with --reason")
    pairs = {pair.path: pair.run for pair in pair_documents(_without_hashes(baseline), run)}
    chosen = {
        path: partner
        for path, partner in pairs.items()
        if partner is not None and any(fnmatchcase(path, glob) for glob in globs)
    }
    if not chosen:
        raise ApprovalRefused(
            f"no document of {run.location} matches {', '.join(globs)}",
            hint="inputs that are gone for good leave the baseline when it is recorded anew",
        )
    recorded = _rewrite(baseline, run, chosen)
    entry = {"at": now, "what": "approved", "by": _who(), "reason": reason, "documents": sorted(chosen)}
    _remember(folder, entry)
    return recorded


def _rewrite(baseline: RecordedBaseline, run: Source, chosen: Mapping[str, str]) -> Recorded:
    folder = baseline.location
    manifest = read_manifest(folder / FILE)
    before = {entry.path: entry for entry in manifest.documents}
    documents = [_renamed(_read(run, partner), path) for path, partner in sorted(chosen.items())]
    fresh, digest = _write_shard(folder, "approved", documents)
    shards = {**manifest.shards, fresh: digest}
    after = dict(before)
    for document in documents:
        old = before.get(document.path)
        anchor = "" if old is None else old.shard if old.anchor is None else old.anchor
        entry = _entry(document, fresh, run.input_sha256(chosen[document.path]), {})
        after[document.path] = entry.model_copy(update={"anchor": anchor, "noise": old.noise if old else 0.0})
    entries = tuple(after[path] for path in sorted(after))
    used = {name for entry in entries for name in (entry.shard, entry.anchor) if name}
    updated = manifest.model_copy(
        update={
            "scores": SCORES,
            "documents": entries,
            "shards": {name: digest for name, digest in shards.items() if name in used},
            "failed": {path: why for path, why in manifest.failed.items() if path not in chosen},
            "inputs_sha256": _inputs_sha256(entries),
        }
    )
    write_file(folder / FILE, updated.dump())
    _remove_unlisted(folder, updated)
    return Recorded(folder, len(documents), _size(folder, updated))


def _noise(run: Source, repeats: Sequence[Source], workers: int | None) -> dict[str, float]:
    """Per document the largest loss of its match in a repetition; failures are not counted."""
    worst: dict[str, float] = {}
    for repeat in repeats:
        pairs = pair_documents(run, repeat)
        for score in score_pairs(Job(run, repeat, Scoring()), pairs, workers):
            if score.match < 1.0 and all(score.characters):
                worst[score.path] = max(worst.get(score.path, 0.0), 1.0 - score.match)
    return worst


def _write_shard(folder: Path, kind: str, documents: Sequence[Document]) -> tuple[str, str]:
    """Write a shard and return its name, which depends on its content, and its hash.

    So shards that the present manifest lists are never overwritten.
    """
    data = pack(documents)
    digest = hashlib.sha256(data).hexdigest()
    name = f"{kind}-{digest[:12]}.bz2"
    write_file(folder / name, data)
    return name, digest


def _read(run: Source, path: str) -> Document:
    try:
        return run.read(path)
    except (OSError, ValueError, RecursionError) as error:
        raise NothingToCompare(
            f"the output of {path} in {run.location} cannot be read: {error}",
            hint="convert it again, and record then",
        ) from error


def _entry(document: Document, shard: str, digest: str | None, noise: Mapping[str, float]) -> ManifestEntry:
    return ManifestEntry(
        path=document.path,
        shard=shard,
        blocks_sha256=hashlib.sha256(repr(document.pages).encode("utf-8", "replace")).hexdigest()[:32],
        input_sha256=digest,
        pages=document.page_count or len(document.pages),
        noise=ceil(noise.get(document.path, 0.0) * 1e6) / 1e6,
    )


def _manifest(
    run: Source, entries: Sequence[ManifestEntry], shards: Mapping[str, str], *, repeats: int, now: float
) -> SourceManifest:
    facts = run.facts
    known = {**facts.settings, **facts.shaping}
    return SourceManifest(
        created=now,
        model=facts.model,
        pages=facts.pages,
        server={key: value for key, value in facts.server.items() if isinstance(value, (str, int, float))},
        settings={key: known[key] for key in _KEPT_SETTINGS if key in known},
        sampling=_sampling(facts),
        versions=dict(facts.versions),
        repeats=repeats,
        inputs_sha256=_inputs_sha256(entries),
        shards=dict(shards),
        failed=dict(run.failed),
        documents=tuple(entries),
    )


def _sampling(facts: Facts) -> dict[str, dict[str, int | float]]:
    """The recipe's sampling parameters; empty if other versions made the run."""
    if facts.versions != versions():
        return {}
    samplings = samplings_of(str(facts.shaping.get("recipe") or "")).items()
    return {
        kind: {name: value for name, value in asdict(sampling).items() if value is not None}
        for kind, sampling in samplings
    }


def _inputs_sha256(entries: Sequence[ManifestEntry]) -> str:
    lines = "".join(f"{entry.path}\0{entry.input_sha256 or ''}\n" for entry in entries)
    return hashlib.sha256(lines.encode("utf-8", "replace")).hexdigest()


def _without_hashes(baseline: RecordedBaseline) -> RecordedBaseline:
    """The same documents without input hashes: a changed input may be what is approved."""
    entries = {p: entry.model_copy(update={"input_sha256": None}) for p, entry in baseline.entries.items()}
    return RecordedBaseline(baseline.location, entries, baseline.facts, baseline.failed)


def _renamed(document: Document, path: str) -> Document:
    return Document(path, document.pages, document.paged, document.page_count, document.failed_pages)


def _remove_unlisted(folder: Path, manifest: SourceManifest) -> None:
    for pattern in ("blocks-*.bz2", "approved-*.bz2"):
        for file in folder.glob(pattern):
            if file.name not in manifest.shards:
                file.unlink(missing_ok=True)


def _remember(folder: Path, entry: Mapping[str, object]) -> None:
    file = folder / HISTORY
    before = file.read_bytes() if file.exists() else b""
    write_file(file, before + json_line(entry) + b"\n")


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _size(folder: Path, manifest: SourceManifest) -> int:
    files = (folder / name for name in (FILE, HISTORY, *manifest.shards))
    return sum(file.stat().st_size for file in files if file.exists())
