from __future__ import annotations

from pathlib import Path

import pytest

from mineru_cli.sources.local_files import LocalFiles
from mineru_cli.sources.source import InputSource

from .contract import PDF, InputSourceContract


class TestLocalFiles(InputSourceContract):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self._root = tmp_path / "in"
        self._root.mkdir()

    def source(self) -> InputSource:
        return LocalFiles(self._root / "out")

    def put(self, name: str, data: bytes = PDF) -> str:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return str(path)

    def root(self) -> str:
        return str(self._root)
