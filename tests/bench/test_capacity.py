"""The arithmetic of a plan, and the command that shows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from mineru_cli.bench.capacity import Work, capacity, measured, number_of, seconds_of
from mineru_cli.cli.app import app
from mineru_cli.errors import SettingsError, UsageError


def figures(**given: float) -> dict[str, float]:
    return {one.name: one.value for one in capacity(Work(**given))}  # type: ignore[arg-type]


def test_ten_million_pages_in_three_days():
    found = figures(pages=10_000_000, deadline=72 * 3600, pages_per_second=2.1, gpu_cost=2.5)
    assert found["pages per second"] == pytest.approx(38.58, abs=0.01)
    assert found["GPUs"] == 21  # 38.58 / (2.1 x 0.9) = 20.4
    assert found["time taken"] == pytest.approx(69.99, abs=0.01)
    assert found["workers (cores)"] == 6  # 44.1 x 0.08 / 0.7 = 5.04
    assert found["documents"] == 1_000_000
    assert found["storage reads"] == 25_501_000  # 2.5 per document, 2.3 per page, listings
    assert found["storage writes"] == 16_000_000  # six files per document, and each page until then
    assert found["GPU cost"] == pytest.approx(21 * 69.99 * 2.5, rel=0.001)


def test_a_number_that_comes_out_even_is_not_rounded_up_by_floating_point():
    assert figures(pages=1_890, deadline=1_000, pages_per_second=2.1)["GPUs"] == 1


@given(
    st.integers(1, 10**9),
    st.floats(60, 10**7),
    st.floats(0.01, 1000),
    st.floats(0.05, 1),
    st.floats(0.1, 1000),
)
def test_the_deadline_is_kept_and_one_gpu_less_would_miss_it(
    pages, deadline, speed, availability, per_document
):
    found = figures(
        pages=pages,
        deadline=deadline,
        pages_per_second=speed,
        availability=availability,
        pages_per_document=per_document,
    )
    assert found["time taken"] * 3600 <= deadline * 1.000001
    fewer = found["GPUs"] - 1
    assert fewer * speed * availability * deadline < pages * 1.000001
    assert found["workers (cores)"] >= 1
    assert found["GPUs"] >= 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("72h", 259_200), ("1d12h", 129_600), ("90m", 5_400), ("3600", 3_600), ("1.5 h", 5_400)],
)
def test_a_deadline_is_read(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-3h", "soon", "3w", "h", "1e400"])
def test_what_is_not_a_deadline_is_refused(text):
    with pytest.raises(SettingsError, match="is not a duration"):
        seconds_of(text)


@pytest.mark.parametrize(("text", "pages"), [("10_000_000", 10_000_000), ("10,000", 10_000), (" 7 ", 7)])
def test_a_number_of_pages_is_read(text, pages):
    assert number_of(text) == pages


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "9" * 40, "_1"])
def test_what_is_not_a_number_of_pages_is_refused(text):
    with pytest.raises(SettingsError, match="is not a number of pages"):
        number_of(text)


def test_a_saved_bench_gives_speed_size_and_price(tmp_path: Path):
    saved = tmp_path / "bench.json"
    saved.write_text(
        json.dumps({"best": {"pages_per_second": 2.5}, "pages_per_document": 4.0, "gpu_cost": 1.25})
    )
    assert measured(saved).pages_per_second == 2.5
    result = CliRunner().invoke(
        app, ["plan", "--pages", "1_000", "--deadline", "1h", "--bench", str(saved), "--json"]
    )
    given = json.loads(result.output)["given"]
    assert (given["pages_per_second"], given["pages_per_document"], given["gpu_cost"]) == (2.5, 4.0, 1.25)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"best": {"pages_per_second": 0}, "pages_per_document": 1, "gpu_cost": null}'],
)
def test_what_is_not_a_bench_is_refused(tmp_path: Path, content: str):
    saved = tmp_path / "bench.json"
    saved.write_text(content)
    with pytest.raises(UsageError, match=r"is not a saved bench|measured no pages"):
        measured(saved)
    with pytest.raises(UsageError, match="cannot be read"):
        measured(tmp_path / "none.json")


def test_the_command_shows_the_arithmetic():
    result = CliRunner().invoke(
        app,
        ["plan", "--pages", "10_000_000", "--pages-per-second", "2.1", "--deadline", "72h"],
        env={"COLUMNS": "200"},
    )
    assert result.exit_code == 0
    words = " ".join(result.output.split())
    assert "GPUs 21 38.58 pages/s / (2.1 pages/s per GPU x 90%), rounded up" in words
    assert "cost" not in words


@pytest.mark.parametrize("extra", [[], ["--pages-per-second", "2", "--bench", "x.json"]])
def test_the_speed_is_given_once(extra: list[str]):
    result = CliRunner().invoke(app, ["plan", "--pages", "10", "--deadline", "1h", *extra])
    assert isinstance(result.exception, SettingsError)
