"""The measurements of ledgers that are put together again, on a few documents."""

from __future__ import annotations

from argparse import Namespace

import pytest

from benchmarks.scale.recovered import recovered


@pytest.mark.timeout(120)
def test_ledgers_are_rebuilt_and_merged() -> None:
    section = recovered(Namespace(small=9, documents=20))
    assert [(row["what"], row["documents"]) for row in section.rows] == [
        ("rebuild", 9), ("merge of 8 shards", 9), ("rebuild", 20), ("merge of 8 shards", 20),
    ]  # fmt: skip
