from __future__ import annotations

from pathlib import Path

import pytest

from mineru_cli.store.local.spool import Spool
from mineru_cli.store.ports import PageStore
from tests.store.contract import PageStoreContract


class TestSpool(PageStoreContract):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self._root = tmp_path / "spool"

    def store(self, fingerprint: str = "print") -> PageStore:
        return Spool(self._root, fingerprint)
