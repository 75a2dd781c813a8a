"""What the measurements of ledgers that are put together again do, on a few documents."""

from __future__ import annotations

from pathlib import Path

from benchmarks.scale.recovered import make_output, make_shards, merge_shards, rebuild_output


def test_a_lost_ledger_is_rebuilt_from_the_manifests(tmp_path: Path) -> None:
    make_output(tmp_path, 20)
    assert rebuild_output(tmp_path) == 20


def test_shards_are_merged(tmp_path: Path) -> None:
    make_shards(tmp_path, 20)
    assert merge_shards(tmp_path) == 20
