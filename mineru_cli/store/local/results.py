"""Documents' files in the output folder, published atomically."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from mineru_cli.domain.manifest import FileSize, Manifest
from mineru_cli.store.ledger.faults import writing
from mineru_cli.store.ledger.records import DocumentRecord
from mineru_cli.store.local.files import prepare_output
from mineru_cli.store.local.manifests import Manifests
from mineru_cli.store.local.place import fresh_folder, placing, put, recover, sync
from mineru_cli.store.run_folder import METHOD, RunFolder


class LocalResults:
    """Implements ``store.ports.ResultStore`` in a folder. Several processes may use it at once.

    Text files and folders are flushed to disk before the rename; images and the layout PDF are not: a power
    failure may cost an image, never half a text.
    """

    def __init__(self, output: Path) -> None:
        folder = RunFolder(output)
        self._output = output
        self._scratch = folder.scratch
        self._manifests = Manifests(folder.manifests)

    def prepare(self) -> None:
        """See ``ResultStore``."""
        prepare_output(self._output)

    def recover(self) -> None:
        """See ``ResultStore``."""
        recover(self._scratch, self._output)

    @contextmanager
    def draft(self, folder: str) -> Iterator[Path]:
        """See ``ResultStore``."""
        with writing(self._output / folder), fresh_folder(self._scratch) as draft:
            yield draft

    def publish(self, draft: Path, manifest: Manifest) -> None:
        """See ``ResultStore``."""
        target = self._output / manifest.folder
        sync(draft)
        with placing(target, self._scratch):
            put(draft, target, self._scratch)
        self._manifests.write(manifest)

    def missing(self, records: Mapping[str, DocumentRecord]) -> set[str]:
        """See ``ResultStore``.

        Documents of an older version have no recorded sizes: there any file is enough.
        """
        written = (record for record in records.values() if record.status in ("done", "partial"))
        return {record.key for record in written if not self._is_whole(record)}

    def _is_whole(self, record: DocumentRecord) -> bool:
        # Text, because a resume does this for millions of documents, and a Path takes longer than a stat.
        folder = f"{self._output}{os.sep}{record.key}{os.sep}{METHOD}"
        return _has_sizes(folder, record.sizes) if record.sizes else _has_files(folder)


def _has_sizes(folder: str, sizes: Sequence[FileSize]) -> bool:
    base = f"{folder}{os.sep}"
    try:
        return all(os.stat(base + name).st_size == size for name, size in sizes)  # noqa: PTH116  millions
    except (OSError, ValueError):
        return False


def _has_files(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(entry.is_file() for entry in entries)
    except OSError:
        return False
