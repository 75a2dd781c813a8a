"""The board of a launch and the table of a server."""

from __future__ import annotations

import io

import pytest

from mineru_cli.domain.events import GpuGauge
from mineru_cli.errors import EngineUnavailable
from mineru_cli.inference.probe import ServerCard
from mineru_cli.servers.docker.progress import PHASES, LaunchFailed, PhaseBegan, PhaseMoved, Ready
from mineru_cli.servers.docker.status import ServerStatus
from mineru_cli.telemetry.vllm import ServerLoad
from mineru_cli.ui.console import console_on
from mineru_cli.ui.tables.server import LaunchBoard, launch_view, show_status

READY = Ready("http://127.0.0.1:8000", "mineru", "0.28.0", 16384, "vllm-1", False, 42.0, 0.25)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def drawn(board: LaunchBoard, width: int = 80) -> list[str]:
    stream = io.StringIO()
    console_on(stream, {}, width=width).print(board)
    return stream.getvalue().splitlines()


def test_the_board_shows_every_phase_with_its_time_and_news():
    clock = Clock()
    board = LaunchBoard(clock)
    board(PhaseBegan("check"))
    clock.now = 2.0
    board(PhaseBegan("pull"))
    board(PhaseMoved("pull", "1 of 2 layers", 0.5))
    clock.now = 32.0
    lines = drawn(board)
    assert len(lines) == 7
    assert lines[0].startswith("✓ check          2.0 s  looking at")
    assert "30 s" in lines[1]
    assert "50 %  1 of 2 layers" in lines[1]
    assert lines[6].startswith("· ready")


def test_a_failed_phase_is_marked_and_its_time_stands_still():
    clock = Clock()
    board = LaunchBoard(clock)
    board(PhaseBegan("load"))
    clock.now = 5.0
    board(LaunchFailed("load", "no memory"))
    clock.now = 50.0
    (line,) = (line for line in drawn(board) if "load" in line)
    assert line.startswith("✗ load")
    assert "5.0 s" in line


def test_long_news_and_escapes_stay_in_their_line():
    board = LaunchBoard(Clock())
    board(PhaseBegan("load"))
    board(PhaseMoved("load", "x" * 500 + "\x1b[31m"))
    lines = drawn(board, 60)
    assert len(lines) == 7
    assert all(len(line) <= 60 for line in lines)
    assert [line.split()[1] for line in lines] == list(PHASES), "phases keep their place"
    assert "\x1b" not in "".join(lines)


def test_the_log_shows_phases_and_limits_repeated_messages():
    stream, clock = io.StringIO(), Clock()
    with launch_view(stream, {}, clock, live=False) as announce:
        announce(PhaseBegan("pull"))
        for second in range(20):
            clock.now = float(second)
            announce(PhaseMoved("pull", f"{second} MiB"))
        announce(READY)
    text = stream.getvalue()
    assert text.count("MiB") == 3
    assert "ready after 42 s" in text
    assert "convert ./pdfs --server-url http://127.0.0.1:8000" in text


def test_the_live_view_ends_with_the_board_and_the_log_and_leaves_the_reason_to_the_error():
    stream = io.StringIO()

    def launch() -> None:
        with launch_view(stream, {}, Clock(), live=True) as announce:
            announce(PhaseBegan("load"))
            announce(LaunchFailed("load", "no memory", "buy some", ("last \x07line",)))
            raise EngineUnavailable("no memory")

    with pytest.raises(EngineUnavailable):
        launch()
    text = stream.getvalue()
    assert "✗ load" in text
    assert "no memory" not in text
    assert "last \\x07line" in text


def test_status_shows_load_and_gpus_with_their_source():
    stream = io.StringIO()
    card = ServerCard("http://a", "mineru", 16384, "0.28.0", is_vllm=True)
    status = ServerStatus("http://a", None, card, ServerLoad(running=3, waiting=1, kv_usage=0.5), 3720.0)
    gauges = [GpuGauge("0 H100", "NVML busy", 0.9, memory_used=2**34), GpuGauge("1 H100", "unavailable")]
    show_status(status, gauges, stream, {"COLUMNS": "100"})
    text = stream.getvalue()
    for part in (
        "mineru",
        "16,384",
        "1 h 02 min",
        "50 %",
        "90 % (NVML busy), 16 GiB",
        "utilisation unavailable",
    ):
        assert part in text, text
