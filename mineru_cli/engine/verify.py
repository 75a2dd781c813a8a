"""Verifies that the files of an output folder are those that were published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mineru_cli.domain.manifest import Manifest, PublishedFile
from mineru_cli.engine.history import open_ledger
from mineru_cli.errors import OutputLocked
from mineru_cli.store.ledger.faults import shown
from mineru_cli.store.local.files import size_and_hash
from mineru_cli.store.local.lock import working
from mineru_cli.store.local.manifests import Manifests
from mineru_cli.store.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that is not as it was published. ``file`` is its path below the output folder."""

    document: str
    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was compared: documents, their files and bytes, and what is not as it was published.

    ``unrecorded`` counts documents that the ledger calls written and that have no manifest: an older version
    wrote them, or their manifest is lost.
    """

    documents: int
    files: int
    bytes: int
    damaged: tuple[Damage, ...]
    unrecorded: int = 0

    @property
    def intact(self) -> bool:
        """Whether nothing is damaged."""
        return not self.damaged


def verify(output: Path) -> Verification:
    """Compare every published file of ``output`` with its recorded size and hash. Reads all of them.

    Documents that an interrupted run had started to convert again are left out. Raises ``InputNotFound``
    where there is no run, ``OutputLocked`` while one is active, ``OutputError`` for a ledger that cannot be
    read.
    """
    folder = RunFolder(output)
    with closing(open_ledger(output)) as ledger:
        if working(folder.lock):
            raise OutputLocked(
                f"a run is at work on {shown(output)}", hint="wait until it ends, then verify it"
            )
        written = ledger.keys(("done", "partial"))
    documents = files = size = 0
    damaged: list[Damage] = []
    for manifest in Manifests(folder.manifests).all():
        if manifest.document.key not in written:
            continue
        written.discard(manifest.document.key)
        documents += 1
        files += len(manifest.files)
        size += sum(file.size for file in manifest.files)
        damaged += damage_of(output, manifest)
    return Verification(documents, files, size, tuple(damaged), unrecorded=len(written))


def damage_of(output: Path, manifest: Manifest, *, hashes: bool = True) -> Iterator[Damage]:
    """Files of one document that are not as they were published; without ``hashes`` only sizes count."""
    for file in manifest.files:
        reason = _fault(output / manifest.folder / file.name, file, hashes=hashes)
        if reason:
            yield Damage(manifest.document.key, f"{manifest.folder}/{file.name}", reason)


def _fault(path: Path, file: PublishedFile, *, hashes: bool) -> str:
    try:
        size = path.stat().st_size
        if size != file.size:
            return f"{size:,} bytes instead of {file.size:,}"
        return "other content" if hashes and size_and_hash(path)[1] != file.sha256 else ""
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return error.strerror or type(error).__name__
