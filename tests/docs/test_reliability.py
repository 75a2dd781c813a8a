"""docs/reliability.md names the test of every fault: each name must be one, and no chaos test may be missing."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reliability.md").read_text()
APART = {"test_baseline"}
"""Files in tests/chaos that are about something else."""


def names_of(folder: str) -> set[str]:
    return {
        name
        for path in (ROOT / folder).rglob("test_*.py")
        if path.stem not in APART
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
    }


def test_every_test_that_is_named_exists_and_every_chaos_test_is_named() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert named - names_of("tests") == set()
    assert names_of("tests/chaos") - named == set()
