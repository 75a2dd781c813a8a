"""Files that are written incrementally, page by page, and are flushed to disk on close."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO, TypeVar

File = TypeVar("File", bound="TextFile")
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": "))


class TextFile:
    """A UTF-8 file that is flushed to disk when it is closed without an error."""

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = path.open("w", encoding="utf-8", newline="\n")

    def __enter__(self: File) -> File:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        with self._file:
            if kind is None:
                self.finish()
                self._file.flush()
                os.fsync(self._file.fileno())

    def finish(self) -> None:
        """Write the end of the file."""

    def write(self, text: str) -> None:
        """Append text."""
        self._file.write(text)


class JsonArray(TextFile):
    """A JSON array written item by item, one per line."""

    def __init__(self, path: Path, opening: str = "[", closing: str = "]") -> None:
        super().__init__(path)
        self._next = f"{opening}\n"
        self._closing = closing
        self._empty = True

    def add(self, item: object) -> None:
        """Append one item."""
        self.write(self._next + ENCODER.encode(item))
        self._next, self._empty = ",\n", False

    def finish(self) -> None:
        """Close the array."""
        self.write(f"{self._next if self._empty else chr(10)}{self._closing}\n")
