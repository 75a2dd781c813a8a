"""What a bench shows on the terminal."""

import io
import re
from dataclasses import replace

import pytest
from bench.results import result

from mineru_cli.bench.effect_size import Change
from mineru_cli.bench.progress import LevelStarted, Measured, Note, Planned
from mineru_cli.bench.regression import BenchComparison
from mineru_cli.bench.startup import ServerStart, Startup
from mineru_cli.bench.targets import target_rows
from mineru_cli.bench.tune import Trial, Tuning
from mineru_cli.ui.tables.bench.format import headline_range, speed
from mineru_cli.ui.tables.bench.progress import ProgressLines
from mineru_cli.ui.tables.bench.show import show_bench, show_startup, show_tuning

PLAIN = {"TERM": "dumb", "COLUMNS": "100"}


def shown(found, comparison=None, columns: str = "100", allowed: float = 0.05) -> str:
    out = io.StringIO()
    environ = {**PLAIN, "COLUMNS": columns}
    show_bench(found, target_rows(found), comparison, out, environ, max_regression=allowed)
    return out.getvalue()


def test_levels_knee_and_targets_are_there() -> None:
    text = shown(result(gpu=0.87, slo=5.0, gpu_cost=3.0))
    for part in ("knee ┄ 7.9", "best     ", "87 %", "NVML GPM SM_UTIL", "VRAM per worker", "$0."):
        assert part in text
    assert "image cache not emptied: the server answered 500" in text
    assert "1 answer ended by length" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_tables_and_plots_fit_the_terminal_with_every_figure_whole(columns: int) -> None:
    text = shown(result(levels=(1, 2, 4, 8, 512), gpu=0.87, gpu_cost=3.0), columns=str(columns))
    table = text.split("\n\n")[0]
    assert "in flight" in table
    assert ("CPU/page" in table) is (columns >= 80)
    assert "…" not in text
    plots = text[: text.index("  knee  ")]
    widest = max(len(line.rstrip()) for line in plots.splitlines())
    assert columns - 20 <= widest <= columns or columns > 100


def test_unknown_values_have_no_column() -> None:
    table = shown(result(repeats=1)).split("\n\n")[0]
    assert "GPU" not in table
    assert "±" not in table


def test_a_knee_not_reached_is_stated_in_words() -> None:
    text = shown(result(slots=500))
    assert "not reached" in text
    assert "┄" not in text


def test_changes_are_shown_with_their_intervals() -> None:
    changes = (
        Change("pages per second", 0.8, 0.75, 0.85, "worse"),
        Change("page latency, p95", 1.0, None, None, "no difference shown", False),
    )
    text = shown(result(), BenchComparison("before\x1b.json", (4, 8), changes))
    assert "x 0.800" in text
    assert "0.750 - 0.850" in text
    assert "too few repeats" in text
    assert "worse" in text
    assert "\x1b" not in text


def announced(out: io.StringIO, environ: dict[str, str]) -> None:
    with ProgressLines(out, environ) as announce:
        announce(Planned((2, 4), 3, 20.0))
        announce(LevelStarted(0, 1, 1))
        announce(Note("no server given"))
        announce(LevelStarted(2, 1, 3))
        announce(Measured(result().levels[0].runs[0]))
        announce(LevelStarted(4, 1, 3))


def test_progress_is_a_line_a_measurement() -> None:
    out = io.StringIO()
    announced(out, PLAIN)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("2 levels, 3 times each, about 2 min")
    assert lines[1:3] == ["warming up", "no server given"]
    assert re.match(r"1/3 +2 in flight +1\.\d\d pages/s, page p50", lines[3])
    assert len(lines) == 4, "a line is written when it is whole"


def test_on_a_terminal_a_line_begins_with_its_measurement_and_is_ended_by_what_ends_the_bench() -> None:
    out = io.StringIO()
    announced(out, {"TERM": "xterm", "COLUMNS": "100", "FORCE_COLOR": "1", "NO_COLOR": "1"})
    lines = re.sub(r"\x1b\[\d*m", "", out.getvalue()).splitlines()
    assert lines[3].count("in flight") == 1
    assert "pages/s" in lines[3]
    assert lines[4].strip() == "1/3      4 in flight"
    assert out.getvalue().endswith("\n")


def test_an_open_loop_is_named_by_its_rate() -> None:
    out = io.StringIO()
    announce = ProgressLines(out, PLAIN)
    announce(LevelStarted(512, 1, 1, rate=2.5))
    announce(Measured(result().levels[0].runs[0]))
    assert "2.5 documents/s" in out.getvalue()


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (0.00512, "0.0051"), (0.5, "0.500"), (4.034, "4.03"), (39.66, "39.7"), (1204.4, "1,204")],
)
def test_speeds_have_three_digits(value: float, shown: str) -> None:
    assert speed(value) == shown


def test_errors_and_retries_are_reported_by_class() -> None:
    found = result()
    levels = [
        replace(
            level,
            runs=tuple(
                replace(run, errors={"page-timeout": 2}, retries={"server-busy": 3}) for run in level.runs
            ),
        )
        for level in found.levels
    ]
    text = shown(replace(found, levels=tuple(levels)))
    assert "lost     6 page-timeout" in text
    assert "retried  9 server-busy" in text


def test_a_bench_that_was_cut_short_says_so_first() -> None:
    assert (
        shown(replace(result(), cut_short="no server answered\x1b"))
        .lstrip()
        .startswith("Cut short: no server")
    )


def test_a_regression_is_held_against_what_is_allowed() -> None:
    worse = BenchComparison("b.json", (4,), (Change("pages per second", 0.9, 0.88, 0.92, "worse"),))
    assert "lower by 10 %: more than the 5 % of --max-regression" in shown(result(), worse, allowed=0.05)
    assert "within the 20 %" in shown(result(), worse, allowed=0.2)


def test_startup_and_tuning() -> None:
    out = io.StringIO()
    show_startup(Startup("embedded", (ServerStart("first", (("loaded", 1.5),)),), (0.5, 0.7)), out, PLAIN)
    chosen = {"concurrency": 32, "workers": 2}
    show_tuning(Tuning(chosen, (Trial("workers", 2, (3.0, 3.1)),)), out, PLAIN)
    assert "convert with --concurrency 32 --workers 2" in out.getvalue()
    assert "worker to first request: 0.60 s (0.50-0.70 s, 2 tries)" in out.getvalue()
    assert "chosen" in out.getvalue()


def test_the_headline_has_its_interval_and_a_remark_when_few_repeats_made_it() -> None:
    few, enough, single = (headline_range(result(repeats=number).best) for number in (2, 5, 1))
    assert "95 % interval" in few
    assert "2 repeats" in few
    assert "95 % interval" in enough
    assert "repeats" not in enough
    assert "one measurement" in single
    assert few in shown(result(repeats=2), columns="400")


def test_the_table_of_targets_speaks_to_those_who_read_it() -> None:
    text = shown(result())
    assert "split service" in text
    assert "proposal" not in text
