"""Adds documents that other machines have published to this machine's ledger, from their manifests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING

from mineru_cli.domain.events import Notice
from mineru_cli.domain.manifest import Manifest
from mineru_cli.engine.storage import RunStorage
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.records import DocumentRecord

if TYPE_CHECKING:
    from mineru_cli.store.objects.manifests import ObjectManifests

BATCH = 500
REBUILT = "rebuilt"
"""The outcome of runs that were entered from manifests."""


def bring_up_to_date(storage: RunStorage) -> Notice | None:
    """Add published documents to the ledger, and report what was added. Blocks.

    The caller holds the run's lock. Raises ``StorageError``, ``OutputError``.
    """
    if storage.remote is None:
        if storage.folder.holds_a_run or not storage.folder.manifests.exists():
            return None
        from mineru_cli.engine.rebuild import rebuild_missing

        rebuilt = rebuild_missing(storage.folder.output)
        text = f"the ledger was gone: made again, {rebuilt.summary}" if rebuilt else ""
        return Notice("warning", text) if rebuilt else None
    with closing(Ledger.open(storage.folder.ledger, clock=time.time)) as ledger:
        entered = catch_up(ledger, storage.remote)
    return Notice("info", f"published by other machines: {entered} documents") if entered else None


def catch_up(ledger: Ledger, manifests: ObjectManifests) -> int:
    """Add what the ledger lacks; everything on a new machine. Returns how many documents were added.

    Costs a listing, and one request per document that is not done in the ledger. Documents that failed
    elsewhere have no manifest: they are tried again. Raises ``StorageError``, ``OutputError``.
    """
    entered = 0
    for run in manifests.runs():
        started = False
        for manifest in _unknown(ledger, manifests):
            if manifest.fingerprint != run.fingerprint:
                continue
            if not started:
                ledger.begin(run.fingerprint, run.shaping, overwrite=True, facts=run.facts)
                started = True
            enter(ledger, manifest)
            entered += 1
            if entered % BATCH == 0:  # what is fetched is not fetched again after an interruption
                ledger.commit()
        if started:
            ledger.end(REBUILT)
    return entered


def enter(ledger: Ledger, manifest: Manifest) -> None:
    """Add a document, as recorded in its manifest, to the current run of the ledger."""
    document = manifest.document
    ledger.started(document, manifest.pages)
    for index, loss in manifest.incomplete:
        ledger.page(document.key, index, loss=loss)
    ledger.finished(
        document,
        "done" if manifest.is_complete else "partial",
        pages=manifest.pages,
        failed=manifest.failed,
        sizes=manifest.sizes,
    )


def _unknown(ledger: Ledger, manifests: ObjectManifests) -> Iterator[Manifest]:
    keys = manifests.keys()
    while batch := list(islice(keys, BATCH)):
        records = ledger.records(batch)
        wanted = [key for key in batch if key not in records or records[key].status != "done"]
        for manifest in manifests.of(wanted):
            if _is_newer(manifest, records.get(manifest.document.key)):
                yield manifest


def _is_newer(manifest: Manifest, record: DocumentRecord | None) -> bool:
    """Whether a manifest is newer than the ledger. A failure of a newer version of the document stays."""
    if record is None or record.status == "running":
        return True
    same = (record.size, record.mtime_ns) == (manifest.document.size, manifest.document.mtime_ns)
    return same and (record.status == "failed" or manifest.is_complete)
