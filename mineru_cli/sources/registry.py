"""Chooses the storage of a document: local files, or object storage where its path is a URL."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from mineru_cli.domain.location import is_object_url
from mineru_cli.sources.inputs import Folder, input_not_found
from mineru_cli.sources.local_files import LocalFiles
from mineru_cli.sources.source import InputSource


class Sources:
    """All storage of documents, for one search or one worker.

    ``output`` is skipped in a search. ``objects`` opens object storage for the first URL; without it
    there is none.
    """

    def __init__(self, output: Path, objects: Callable[[], InputSource] | None = None) -> None:
        self._local = LocalFiles(output)
        self._objects = cache(objects) if objects else None

    def of(self, path: str) -> InputSource:
        """The source of a document, or of an INPUT. Raises what opening object storage raises."""
        if path.startswith("/") or self._objects is None or not is_object_url(path):
            return self._local
        return self._objects()

    def resolve(self, text: str) -> Folder | str:
        """See ``InputSource.resolve``."""
        if self._objects is None and is_object_url(text):
            raise input_not_found(text)
        return self.of(text).resolve(text)
