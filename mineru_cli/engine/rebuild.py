"""Rebuilds the ledger from the manifests, where it is damaged or lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mineru_cli.domain.manifest import RunSettings
from mineru_cli.engine.catch_up import REBUILT, enter
from mineru_cli.engine.verify import damage_of
from mineru_cli.errors import InputNotFound
from mineru_cli.store.ledger.faults import shown, writing
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.local.lock import RunLock
from mineru_cli.store.local.manifests import Manifests
from mineru_cli.store.run_folder import RunFolder

COMMIT_EVERY = 5000
"""Documents: what is not committed is kept twice on disk."""
_SIDES = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The content of the new ledger. ``lost`` are documents with missing files: they are converted again.

    ``kept`` is where the old ledger is now, None where there was none.
    """

    done: int
    partial: int
    lost: tuple[str, ...]
    kept: Path | None

    @property
    def summary(self) -> str:
        """``12 documents done, 1 partial, 2 to be converted again``."""
        parts = [f"{self.done} documents done"]
        parts += [f"{self.partial} partial"] if self.partial else []
        parts += [f"{len(self.lost)} to be converted again"] if self.lost else []
        return ", ".join(parts)


def rebuild(output: Path, *, clock: Callable[[], float] = time.time) -> Rebuilt:
    """Rebuild the ledger of ``output`` from the manifests of documents whose files have the recorded sizes.

    The old ledger is kept under another name. Documents that failed are not in the new one: the next run
    tries them again. Raises ``InputNotFound`` without manifests, ``OutputLocked`` while a run is active,
    ``OutputError`` for disk errors.
    """
    folder = RunFolder(output)
    manifests = Manifests(folder.manifests)
    runs = manifests.runs()
    if not runs:
        raise InputNotFound(
            f"{shown(output)} has no manifests to make a ledger from",
            hint="give the folder that convert -o wrote to; runs of older versions have none",
        )
    with RunLock(folder.lock):
        kept = _set_aside(folder.ledger)
        return _rebuilt(output, manifests, runs, clock, kept)


def rebuild_missing(output: Path, *, clock: Callable[[], float] = time.time) -> Rebuilt | None:
    """``rebuild`` where there is no ledger; None where there is one, or there are no manifests.

    The caller holds the run's lock.
    """
    folder = RunFolder(output)
    manifests = Manifests(folder.manifests)
    if folder.holds_a_run or not (runs := manifests.runs()):
        return None
    _set_aside(folder.ledger)
    return _rebuilt(output, manifests, runs, clock, None)


def _rebuilt(
    output: Path,
    manifests: Manifests,
    runs: list[RunSettings],
    clock: Callable[[], float],
    kept: Path | None,
) -> Rebuilt:
    done = partial = 0
    lost: list[str] = []
    with closing(Ledger.open(RunFolder(output).ledger, clock=clock)) as ledger:
        for run in runs:
            ledger.begin(run.fingerprint, run.shaping, overwrite=True, facts=run.facts)
            for manifest in manifests.all():
                if manifest.fingerprint != run.fingerprint:
                    continue
                if any(damage_of(output, manifest, hashes=False)):
                    lost.append(manifest.document.key)
                    continue
                enter(ledger, manifest)
                done += manifest.is_complete
                partial += not manifest.is_complete
                if (done + partial) % COMMIT_EVERY == 0:
                    ledger.commit()
            ledger.end(REBUILT)
    return Rebuilt(done, partial, tuple(lost), kept)


def _set_aside(ledger: Path) -> Path | None:
    """Rename the old ledger with its auxiliary files; an earlier backup is kept."""
    if not any(ledger.with_name(ledger.name + side).exists() for side in _SIDES):
        return None
    number = 1
    while (kept := ledger.with_name(f"{ledger.name}.old-{number}")).exists():
        number += 1
    with writing(ledger):
        for side in reversed(_SIDES):  # the database last: an interrupted rename can be repeated
            path = ledger.with_name(ledger.name + side)
            if path.exists():
                path.rename(kept.with_name(kept.name + side))
    return kept
