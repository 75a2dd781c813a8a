"""What a bench shows on the terminal."""

import io

from bench.results import result

from mineru_cli.bench.bench import Began, Measured, Said
from mineru_cli.bench.change import Change
from mineru_cli.bench.compare import Comparison
from mineru_cli.bench.startup import ServerStart, Startup
from mineru_cli.bench.targets import target_rows
from mineru_cli.bench.tune import Trial, Tuning
from mineru_cli.ui.bench import progress_lines, show_bench, show_startup, show_tuning

PLAIN = {"TERM": "dumb", "COLUMNS": "100"}


def shown(found, comparison=None, columns: str = "100") -> str:
    out = io.StringIO()
    show_bench(found, target_rows(found), comparison, out, {**PLAIN, "COLUMNS": columns})
    return out.getvalue()


def test_levels_knee_and_targets_are_there() -> None:
    text = shown(result(gpu=0.87, slo=5.0, gpu_cost=3.0))
    for part in ("knee ┄ 7.9 in flight", "best     ", "87 %", "NVML GPM SM_UTIL", "VRAM a worker", "$0."):
        assert part in text
    assert "image cache not emptied: the server answered 500" in text
    assert "1 length" in text
    assert "\x1b" not in text


def test_the_table_fits_eighty_columns() -> None:
    table = shown(result(), columns="80").split("\n\n")[0]
    assert "in flight" in table
    assert "CPU/page" in table
    assert "…" not in table


def test_a_knee_not_reached_is_said_in_words() -> None:
    text = shown(result(slots=500))
    assert "not reached" in text
    assert "┄" not in text


def test_changes_are_shown_with_their_intervals() -> None:
    changes = (
        Change("pages a second", 0.8, 0.75, 0.85, "worse"),
        Change("page latency, p95", 1.0, None, None, "no difference shown", False),
    )
    text = shown(result(), Comparison("before\x1b.json", (4, 8), changes))
    assert "x 0.800" in text
    assert "0.750 - 0.850" in text
    assert "too few repeats" in text
    assert "worse" in text
    assert "\x1b" not in text


def test_progress_is_a_line_a_measurement() -> None:
    out = io.StringIO()
    announce = progress_lines(out, PLAIN)
    announce(Began(0, 1, 1))
    announce(Began(8, 1, 3))
    announce(Said("no server given"))
    announce(Measured(result().levels[0].runs[0]))
    lines = out.getvalue().splitlines()
    assert lines[:2] == ["warming up", "no server given"]
    assert "2 in flight" in lines[2]


def test_startup_and_tuning() -> None:
    out = io.StringIO()
    show_startup(Startup("embedded", (ServerStart("first", (("loaded", 1.5),)),), (0.5, 0.7)), out, PLAIN)
    show_tuning(Tuning({"workers": 2}, (Trial("workers", 2, (3.0, 3.1)),)), out, PLAIN)
    assert "worker to first request: 0.60 s (0.50-0.70 s, 2 tries)" in out.getvalue()
    assert "chosen" in out.getvalue()
