from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ui.scenes import after, busy

from mineru_cli.domain import events as ev
from mineru_cli.observe.progress import RunProgress
from mineru_cli.ui.terminal.frame import ScreenLook, frame

STATES = {
    "busy": after(busy()),
    "fresh": RunProgress().snapshot(0.0),
    "one gpu": after(busy(gpus=1, servers=1, workers=1, seconds=3)),
    "many": after(busy(gpus=16, servers=20, workers=300, seconds=5)),
    "no metrics": after((at, event) for at, event in busy(gpus=0) if not isinstance(event, ev.ServerGauge)),
}
SIZES = [(80, 24), (120, 40), (200, 50), (100, 30), (60, 15), (40, 8), (20, 5), (1, 1), (500, 120)]


def text(name, width, height, look=ScreenLook()):
    return "\n".join(line.plain for line in frame(STATES[name], width, height, look))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize(
    "look", [ScreenLook(), ScreenLook(details=True), ScreenLook(stopping=True), ScreenLook(keys=False)]
)
def test_a_frame_never_leaves_the_terminal(name, size, look):
    width, height = size
    lines = frame(STATES[name], width, height, look)
    assert len(lines) <= height
    assert all(line.cell_len <= width for line in lines)
    assert all(line.plain.isprintable() for line in lines)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 260), st.integers(1, 90), st.sampled_from(sorted(STATES)))
def test_any_size_will_do(width, height, name):
    lines = frame(STATES[name], width, height)
    assert len(lines) <= height
    assert all(line.cell_len <= width for line in lines)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
def test_what_matters_is_there_on_every_usual_size(size):
    shown = text("busy", *size)
    state = STATES["busy"]
    for figure in (
        f"{state.documents.finished} / 4,000+",
        "60 partial",
        f"{state.pages.finished:,} / ~",
        "pages/s",
        "PDFs/h",
        "left ≥",
        "112 / 112 in flight",
        "120 retried",
        "server-bound",
        "gpu-0.example.org",
        "KV 71 %",
        "tok/s 900",
        "TTFT 0.40 s",
        "SM active (DCGM)",
        "1 crashed",
        "7 working",
        "page-timeout",
        "p pause",
        "q stop",
    ):
        assert figure in shown


def test_requests_never_exceed_the_limit_that_is_shown():
    progress = RunProgress()
    progress.apply(ev.WorkerGauge(0, 2, 3, 2, 72, 54, 130 << 20, 1.0), 0.0)
    shown = "\n".join(line.plain for line in frame(progress.snapshot(1.0), 120, 40))
    assert "72 in flight, limit lowered to 54" in shown
    assert "72 / 54" not in shown


def test_a_run_that_stops_shows_its_grace_period():
    progress = RunProgress()
    for at, event in busy(seconds=3):
        progress.apply(event, at)
    progress.apply(ev.Stopping(30.0), at)
    shown = [line.plain for line in frame(progress.snapshot(at + 12), 100, 30)]
    assert "pages in flight finish, 18 s at most" in shown[-1]
    assert any("now" in line and "stopping" in line for line in shown)


def test_every_gpu_has_its_line_where_there_is_room():
    assert all(f"gpu {number}" in text("busy", 120, 40) for number in range(4))
    assert "4 GPUs  90 % on average" in text("busy", 80, 24)


def test_each_worker_is_listed_where_everything_else_has_what_it_wants():
    assert "4007 working" in text("busy", 200, 50)
    assert "each worker" not in text("busy", 120, 40)
    assert "each worker" not in text("many", 200, 50)


def test_a_narrow_line_of_stages_keeps_what_the_server_does():
    stages = next(line for line in text("busy", 80, 24).splitlines() if "sent" in line)
    assert stages.rstrip().endswith("128 run → 10 wait")


def test_an_unknown_utilisation_is_never_zero():
    progress = RunProgress()
    progress.apply(ev.GpuGauge("gpu 0", "unavailable"), 0.0)
    shown = "\n".join(line.plain for line in frame(progress.snapshot(1.0), 120, 40))
    assert "unavailable" in shown
    assert "0 %" not in shown


def test_details_name_each_worker_and_what_was_retried():
    shown = text("busy", 120, 40, ScreenLook(details=True))
    assert "4007 working" in shown
    assert "120 server-fault" in shown


def test_many_servers_are_counted_and_those_in_trouble_come_first():
    progress = RunProgress()
    for at, event in busy(servers=20, workers=2, seconds=2):
        progress.apply(event, at)
    for worker in (1, -1):
        progress.apply(ev.BreakerChanged("http://gpu-19.example.org:8000", "open", "refused", worker), at)
    lines = [line.plain for line in frame(progress.snapshot(at), 80, 24)]
    servers = next(number for number, line in enumerate(lines) if line.startswith(" servers"))
    assert "gpu-19.example.org:8000" in lines[servers + 1]
    assert "refused" in lines[servers + 1]
    assert any("more" in line for line in lines[servers:])


def test_low_terminals_keep_the_most_important_lines_in_order():
    shown = [line.plain.split()[0] for line in frame(STATES["busy"], 80, 3)]
    assert shown == ["documents", "pages", "speed"]


def test_the_picture_does_not_move_while_figures_change():
    """The same lines stay at the same places from one second to the next."""
    titles = []
    for seconds in (60, 61, 62, 63):
        lines = frame(after(busy(seconds=seconds)), 120, 40)
        titles.append(
            [(number, line.plain[:14]) for number, line in enumerate(lines) if "─ " in line.plain + " "]
        )
    assert titles[0] == titles[1] == titles[2] == titles[3]


def test_paused_and_stopping_are_reported():
    progress = RunProgress()
    progress.paused = True
    shown = "\n".join(line.plain for line in frame(progress.snapshot(0.0), 80, 24))
    assert "paused" in shown
    assert "p go on" in shown
    assert "stopping" in text("busy", 80, 24, ScreenLook(stopping=True))
