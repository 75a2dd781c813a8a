import pytest

from mineru_cli.bench.knee import find_knee
from mineru_cli.bench.plan import OfferedLoad, next_level, parse_levels
from mineru_cli.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("1,2,4", (1, 2, 4)), ("8, 2,2", (2, 8)), ("auto", None), ("1,2,4,...,32", (1, 2, 4, 8, 16, 32)),
        ("4,...,10", (4, 8, 10)), ("32,...", (32, 64, 128)),
    ],
)  # fmt: skip
def test_levels(text: str, levels) -> None:
    assert parse_levels(text) == levels


@pytest.mark.parametrize("text", ["", "0", "1,x", "5000", "...", "-1"])
def test_what_names_no_level_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--sweep"):
        parse_levels(text)


@pytest.mark.parametrize("slots", [3, 8, 32, 100])
def test_auto_finds_the_knee_of_a_simulated_server_and_stops(slots: int) -> None:
    points: list[tuple[int, float]] = []
    while (level := next_level(points)) is not None:
        points.append((level, min(level, slots) / 0.7))
        assert len(points) < 20
    assert find_knee(points).knee.concurrency == pytest.approx(slots, rel=0.1)
    assert max(level for level, _ in points) <= 8 * slots


def test_auto_gives_up_at_the_highest_level() -> None:
    points: list[tuple[int, float]] = []
    while (level := next_level(points, 64)) is not None:
        points.append((level, float(level)))
    assert [level for level, _ in points] == [1, 2, 4, 8, 16, 32, 64]


def test_warm_up_grows_with_the_slots() -> None:
    assert OfferedLoad(1).warm_up_pages == 2
    assert OfferedLoad(64).warm_up_pages == 32
