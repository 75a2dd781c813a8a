"""Adopts documents converted by another program: their files are published and recorded like our own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio.to_thread

from mineru_cli.domain.events import DocumentStarted, Event
from mineru_cli.domain.manifest import FileSize, Manifest
from mineru_cli.engine.schedule.document_work import DocumentWork, Records
from mineru_cli.store.local.files import published_files
from mineru_cli.store.ports import ResultStore
from mineru_cli.store.run_folder import METHOD

NO_WORKER = -1
"""``DocumentStarted.worker`` of a document that is converted by another program."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """The stores that adopted documents go to. ``fingerprint`` identifies the settings of the run."""

    results: ResultStore
    records: Records
    fingerprint: str
    announce: Callable[[Event], None]

    async def take(self, work: DocumentWork, folder: Path, pages: int) -> None:
        """Publish the files in ``folder``. Raises ``OutputError``, ``DocumentNotWritable``."""
        sizes = await anyio.to_thread.run_sync(partial(self._publish, work, folder, pages))
        work.open(range(pages))
        self.records.opened(work.ref, pages)
        self.announce(DocumentStarted(work.ref.key, pages, 0, NO_WORKER))
        work.left.clear()
        work.sizes = sizes
        self.records.finished(work, "done", None)
        self.records.commit()

    def _publish(self, work: DocumentWork, folder: Path, pages: int) -> tuple[FileSize, ...]:
        place = f"{work.ref.key}/{METHOD}"
        with self.results.draft(place) as draft:
            shutil.copytree(folder, draft, dirs_exist_ok=True)
            manifest = Manifest(work.ref, place, self.fingerprint, pages, published_files(draft))
            self.results.publish(draft, manifest)
        return manifest.sizes
