from __future__ import annotations

from pathlib import Path

import pytest

from mineru_cli.store.local.manifests import Manifests
from mineru_cli.store.local.results import LocalResults
from mineru_cli.store.ports import ManifestStore, ResultStore
from mineru_cli.store.run_folder import METHOD, RunFolder
from tests.store.contract import ResultStoreContract


class TestLocalResults(ResultStoreContract):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self._output = tmp_path / "out"

    def results(self) -> ResultStore:
        return LocalResults(self._output)

    def manifests(self) -> ManifestStore:
        return Manifests(RunFolder(self._output).manifests)

    def files(self, key: str) -> dict[str, bytes]:
        folder = self._output / key / METHOD
        found = [path for path in folder.rglob("*") if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
