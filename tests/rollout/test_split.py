"""The split: exact shares, no document moved back, the same everywhere."""

from __future__ import annotations

import math
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest

from mineru_cli.rollout.split import PARTS, Placement, placement_of, placement_of_content

DOCUMENTS = [f"%PDF-1.7 document number {number}".encode() for number in range(10_000)]
KNOWN = [961641, 424942, 31596]


@pytest.fixture(scope="module")
def placements() -> list[Placement]:
    return [placement_of_content(BytesIO(content)) for content in DOCUMENTS]


@pytest.mark.spec("orchestration/gradual-rollout/the-split-is-by-content")
@pytest.mark.parametrize("percent", [0, 1, 5, 10, 33.3, 50, 90, 99, 100])
def test_the_share_of_ten_thousand_documents_is_the_percentage(
    placements: list[Placement], percent: float
) -> None:
    share = sum(one.in_candidate(percent) for one in placements) / len(placements)
    # A hash is as good as chance: at 50 % one set in twenty is further away than a point.
    chance = 400 * math.sqrt(percent / 100 * (1 - percent / 100) / len(placements))
    assert share * 100 == pytest.approx(percent, abs=max(1.0, chance))


def test_raising_the_percentage_only_adds(placements: list[Placement]) -> None:
    sides = [
        {number for number, one in enumerate(placements) if one.in_candidate(percent)}
        for percent in (0, 10, 50, 100)
    ]
    assert sides[0] < sides[1] < sides[2] < sides[3]
    assert len(sides[3]) == len(placements)


def test_the_shadow_share_is_independent_of_the_split(placements: list[Placement]) -> None:
    candidate = [one for one in placements if one.in_candidate(10)]
    share = sum(one.in_shadow(20) for one in candidate) / len(candidate)
    assert share * 100 == pytest.approx(20, abs=5.0)


def test_known_places() -> None:
    """Written down: another machine, Python or version of this package must give the same."""
    assert [placement_of_content(BytesIO(one)).place for one in (b"", b"a", b"%PDF-1.7")] == KNOWN


def test_the_same_in_another_process_with_another_hash_seed() -> None:
    code = (
        "from io import BytesIO; from mineru_cli.rollout.split import placement_of_content as p;"
        "print([p(BytesIO(one)).place for one in (b'', b'a', b'%PDF-1.7')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert done.stdout.strip() == str(KNOWN)


def test_only_the_content_counts(tmp_path: Path) -> None:
    one, other = tmp_path / "a.pdf", tmp_path / "deep" / "b.pdf"
    other.parent.mkdir()
    content = b"x" * (3 * 1024**2 + 17)
    for path in (one, other):
        path.write_bytes(content)
    assert placement_of(one) == placement_of(other) == placement_of_content(BytesIO(content))


def test_places_reach_from_zero_to_the_end() -> None:
    assert Placement(0, 0).in_candidate(0.0001)
    assert not Placement(0, 0).in_candidate(0)
    assert Placement(PARTS - 1, 0).in_candidate(100)
    assert not Placement(PARTS - 1, 0).in_candidate(99.9999)
