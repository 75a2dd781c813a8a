"""What the measurements of ledgers that are put together again do, on a few documents."""

from __future__ import annotations

from pathlib import Path

from benchmarks.scale.recovered import _make_output, _make_shards, _merge, _rebuild


def test_a_lost_ledger_is_rebuilt_from_the_manifests(tmp_path: Path) -> None:
    _make_output(tmp_path, 20)
    assert _rebuild(tmp_path) == 20


def test_shards_are_merged(tmp_path: Path) -> None:
    _make_shards(tmp_path, 20)
    assert _merge(tmp_path) == 20
