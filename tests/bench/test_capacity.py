"""The arithmetic of a plan, and the command that shows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from mineru_cli.bench.capacity import Work, capacity, number_of, planned_work, saved_speed, seconds_of
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


def test_a_million_pages_in_a_day():
    """By hand: 1,000,000 / 86,400 s = 11.57; / (10 x 0.9) = 1.29 GPUs; 1,000,000 / (2 x 9) = 55,556 s."""
    found = figures(
        pages=1_000_000, deadline=86_400, pages_per_second=10, pages_per_document=20, gpu_cost=4.0
    )
    assert found["pages per second"] == pytest.approx(11.574, abs=0.001)
    assert found["GPUs"] == 2
    assert found["time taken"] == pytest.approx(15.432, abs=0.001)
    assert found["workers (cores)"] == 3  # 20 x 0.08 / 0.7 = 2.29
    assert found["memory of workers"] == 1.0  # 4 x 0.25
    assert found["documents"] == 50_000
    assert found["storage reads"] == 2_425_050  # 125,000 + 2,300,000 + 50
    assert found["storage writes"] == 1_300_000  # 300,000 + 1,000,000
    assert found["GPU cost"] == pytest.approx(123.46, abs=0.01)  # 2 x 15.432 x 4


def test_three_letters_in_an_hour():
    """By hand: one GPU is nearly idle, and still one; 2.4 documents are three, with one listing."""
    found = figures(pages=6, deadline=3_600, pages_per_second=0.5, pages_per_document=2.5, availability=1.0)
    assert (found["GPUs"], found["workers (cores)"], found["memory of workers"]) == (1, 1, 0.5)
    assert found["time taken"] == pytest.approx(12 / 3600)
    assert found["documents"] == 3
    assert found["storage reads"] == 23  # 7.5 + 13.8 rounded up, + 1
    assert found["storage writes"] == 24


def test_the_fastest_server_and_the_least_work_still_take_a_gpu_and_a_worker():
    found = figures(pages=1, deadline=1e15, pages_per_second=1e6, cpu_per_page=0.0001)
    assert found["GPUs"] >= 1
    assert found["workers (cores)"] >= 1


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--pages-per-second", "inf"), ("--pages-per-second", "1e308"), ("--pages-per-document", "inf"),
        ("--cpu-per-page", "inf"), ("--gpu-cost", "inf"), ("--gpu-cost", "1e308"), ("--deadline", "٣h"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_planned_with_are_refused(option: str, value: str):
    given = {"--pages": "5", "--pages-per-second": "1", "--deadline": "1h", option: value}
    result = CliRunner().invoke(app, ["plan", *(word for pair in given.items() for word in pair)])
    assert isinstance(result.exception, SettingsError)
    assert result.exception.exit_code == 2


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
    assert saved_speed(saved).pages_per_second == 2.5
    result = CliRunner().invoke(
        app, ["plan", "--pages", "1_000", "--deadline", "1h", "--bench", str(saved), "--json"]
    )
    given = json.loads(result.output)["given"]
    assert (given["pages_per_second"], given["pages_per_document"], given["gpu_cost"]) == (2.5, 4.0, 1.25)


@pytest.mark.parametrize(
    "content",
    [
        '{"best": {"pages_per_second": 3}, "knee": {"pages_per_second": 2}, "levels": []}',
        '{"knee": {"concurrency": 8, "pages_per_second": 3.0}, "levels": [{"pages_per_second": 4}]}',
        '{"knee": null, "levels": [{"pages_per_second": 3}, {"pages_per_second": 2}]}',
    ],
)
def test_a_bench_without_size_or_price_gives_its_speed(tmp_path: Path, content: str):
    saved = tmp_path / "bench.json"
    saved.write_text(content)
    found = planned_work("100", "1h", bench=saved)
    assert (found.pages_per_second, found.pages_per_document, found.gpu_cost) == (3.0, 10.0, None)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"best": null}',
        '{"best": {"pages_per_second": "fast"}}',
        '{"levels": []}',
        '{"levels": 3}',
        '{"knee": {"concurrency": 8}}',
        '{"best": {"pages_per_second": 0}, "pages_per_document": 1, "gpu_cost": null}',
    ],
)
def test_what_is_not_a_bench_is_refused(tmp_path: Path, content: str):
    saved = tmp_path / "bench.json"
    saved.write_text(content)
    with pytest.raises(UsageError, match=r"is not a saved bench|measured no pages"):
        saved_speed(saved)
    with pytest.raises(UsageError, match="cannot be read"):
        saved_speed(tmp_path / "none.json")


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
