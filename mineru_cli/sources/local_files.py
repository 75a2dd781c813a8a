"""Documents in folders of this machine."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from pathlib import Path

from mineru_cli.domain.document import Kind, Version
from mineru_cli.errors import UnsupportedDocument
from mineru_cli.sources.inputs import Folder, local_input
from mineru_cli.sources.patterns import Filter
from mineru_cli.sources.walk import FoundFile, SkippedFiles, Unusable, Visited, Walk, looks_like, unreadable


class LocalFiles:
    """Implements ``InputSource``. ``output`` is skipped where it is inside an INPUT."""

    remote = False

    def __init__(self, output: Path) -> None:
        self._output = output

    def resolve(self, text: str) -> Folder | str:
        """See ``InputSource``."""
        return local_input(text)

    def list(self, folder: Folder, wanted: Filter, skipped: SkippedFiles) -> Iterator[FoundFile | Unusable]:
        """See ``InputSource``."""
        # Two patterns may search the same folders for different files.
        seen = Visited(self._output) if folder.pattern else self._visited
        return iter(Walk(folder, wanted, seen, skipped))

    @cached_property
    def _visited(self) -> Visited:
        return Visited(self._output)

    def version(self, path: str) -> Version:
        """See ``InputSource``."""
        try:
            status = os.stat(path)  # noqa: PTH116  a Path for each of a million files is dear
        except OSError as error:
            raise unreadable(error, "file") from error
        if not stat.S_ISREG(status.st_mode):
            raise UnsupportedDocument("not a regular file", hint="convert files, not pipes or devices")
        return Version(status.st_size, status.st_mtime_ns)

    def kind(self, path: str) -> Kind | None:
        """See ``InputSource``."""
        return looks_like(path)

    def open(self, path: str) -> AbstractContextManager[str]:
        """See ``InputSource``: the file itself."""
        return nullcontext(path)
