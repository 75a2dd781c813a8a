"""Ledgers are merged whole, or the merge fails with an error of our tree."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from mineru_cli.domain.document import DocumentRef
from mineru_cli.errors import DiskFull
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ledger.merging import LedgerMerge


def shard(path: Path, *keys: str) -> Path:
    ledger = Ledger.open(path, clock=lambda: 1.0)
    ledger.begin("f", {}, overwrite=False)
    for key in keys:
        ledger.finished(DocumentRef(key, key, f"/in/{key}.pdf", "pdf", 1, 1), "done", pages=1)
    ledger.end("finished")
    ledger.close()
    return path


def test_a_disk_that_is_full_in_the_middle_of_a_merge_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first, second = shard(tmp_path / "1.db", "a"), shard(tmp_path / "2.db", "b")
    record = Ledger.view(first)
    runs = record.runs()
    record.close()
    copied = LedgerMerge._copy_rows

    def refuse(self: LedgerMerge, table: str, columns: str, **more: int) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with LedgerMerge(tmp_path / "all.db", clock=lambda: 2.0) as merge:
        number = merge.begin(runs[0], {}, started=1.0, finished=2.0)
        monkeypatch.setattr(LedgerMerge, "_copy_rows", refuse)
        with pytest.raises(DiskFull):
            merge.add(first, number)
        monkeypatch.setattr(LedgerMerge, "_copy_rows", copied)
        assert merge.add(second, number) == (0, [])
