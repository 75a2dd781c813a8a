"""Stopping at any moment: once in good order, twice at once, never a traceback, never a child left behind."""

from __future__ import annotations

import json
import os
import pty
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import corpus
import psutil
import pytest
from vllm_double import DoubleProcess

from tests.chaos.command import PATIENCE, ROOT, Command, convert, gone, sabotage, tree
from tests.chaos.conftest import PAGES, SLOTS, Calm

NO_SERVER = "http://127.0.0.1:9"


def outcome(output: Path) -> str:
    return json.loads((output / ".mineru-batch/run.json").read_text())["outcome"]


def heeds(pid: int, number: int) -> bool:
    """Whether the process has taken the signal over: from then on it is ours to answer."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(status.split("SigCgt:")[1].split()[0], 16)
    return bool(caught >> (number - 1) & 1)


def children(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def stop(run: Command, *numbers: int) -> list[int]:
    """Send signals in quick succession. Returns the children there were."""
    born = children(run.process.pid)
    for number in numbers:
        run.kill(number)
        time.sleep(0.05)
    return born


def notice(text: str) -> Callable[[Command], bool]:
    return lambda run: any(text in event["text"] for event in run.events("notice"))


def begun(run: Command) -> bool:
    return bool(run.events("run-started"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_while_the_program_is_loaded(number: int, tmp_path: Path, pdfs: Path) -> None:
    run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", NO_SERVER)
    run.wait_for(lambda run: heeds(run.process.pid, signal.SIGHUP))
    run.kill(number)
    assert run.wait() == 130
    assert not run.errors()
    assert not (tmp_path / "out").exists()


def test_while_a_server_is_waited_for(tmp_path: Path, pdfs: Path) -> None:
    run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", NO_SERVER, "--workers", 1)
    run.wait_for(notice("not there yet"))
    workers = stop(run, *[signal.SIGINT] * 5)
    assert run.wait() == 130
    assert run.errors().splitlines() == [
        "error: stopped by SIGINT",
        "  nothing was started: repeat the command",
    ]
    assert gone(workers)


def test_while_the_engine_starts(tmp_path: Path, pdfs: Path) -> None:
    run = Command(tmp_path, pdfs, "-o", tmp_path / "out")
    run.wait_for(notice("embedded CPU engine"))
    family = stop(run, signal.SIGTERM)
    assert run.wait() == 130
    assert "Traceback" not in run.errors()
    assert gone(family)


@pytest.mark.parametrize("times", [1, 5])
def test_while_workers_start(times: int, tmp_path: Path, pdfs: Path) -> None:
    with DoubleProcess() as double:
        run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--workers", 1)
        run.wait_for(begun)
        family = stop(run, *[signal.SIGTERM] * times)
        assert run.wait() == 130
    assert not run.errors()
    assert outcome(tmp_path / "out") == "interrupted"
    assert gone(family)


@pytest.mark.parametrize("times", [1, 2])
def test_while_documents_are_still_found(times: int, tmp_path: Path, double: DoubleProcess) -> None:
    """More is found than is taken up ahead, and one folder never answers: a network file system that is gone.

    The thread that reads it must not keep the process.
    """
    folder = tmp_path / "pdfs"
    (folder / "gone").mkdir(parents=True)
    for number in range(24):
        (folder / f"{number}.pdf").write_bytes(corpus.text_pdf([corpus.prose("found", number)]))
    run = Command(
        tmp_path, folder, "-o", tmp_path / "out", "--server-url", double.url, "--workers", 1,
        environ=sabotage(hang=folder / "gone"),
    )  # fmt: skip
    run.wait_for_pages(2)
    assert not any(event["finished"] for event in run.events("discovery-progress"))
    stop(run, *[signal.SIGINT] * times)
    assert run.wait() == 130
    assert not run.errors()


@pytest.mark.spec("orchestration/graceful-restarts/sigterm-under-load")
def test_under_load_within_the_grace_and_a_resume_completes(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    out = tmp_path / "out"
    run = Command(tmp_path, pdfs, "-o", out, "--server-url", double.url, "--concurrency", SLOTS)
    run.wait_for_pages(5)
    assert double.stats()["max_in_flight"] <= SLOTS, "a fixed number is never passed"
    for pid in [*run.worker_pids(), run.process.pid]:  # as systemd does
        os.kill(pid, signal.SIGTERM)
    assert run.wait() == 130
    assert not run.errors()
    assert outcome(out) == "interrupted"
    assert {event["reason"] for event in run.events("worker-stopped")} == {"finished"}
    stopping = next(at for at, event in enumerate(run.events()) if "stopping" in event.get("text", ""))
    late = [event["event"] for event in run.events()[stopping:]]
    assert "worker-started" not in late, "new work was taken up"
    assert late.count("document-started") <= 2, "one a worker may have been handed out before"
    kept = len(run.events("page-finished"))
    again = convert(tmp_path, pdfs, "-o", out, "--server-url", double.url)
    assert again.process.returncode == 0
    assert tree(out) == calm.files
    assert len(again.events("page-finished")) == PAGES - kept > 0


@pytest.mark.spec("orchestration/graceful-restarts/a-hanging-server-does-not-extend-the-grace")
def test_a_server_that_hangs_is_not_waited_for_beyond_the_grace(
    tmp_path: Path, pdfs: Path, double: DoubleProcess
) -> None:
    run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--grace", 1)
    run.wait_for_pages(3)
    double.control(faults=[{"kind": "hang"}])
    time.sleep(0.5)
    family = stop(run, signal.SIGTERM)
    assert run.wait() == 130  # --request-timeout is 600 s
    assert outcome(tmp_path / "out") == "interrupted"
    assert gone(family)


@pytest.mark.spec("orchestration/graceful-restarts/a-second-signal-ends-at-once")
def test_a_second_signal_ends_at_once(tmp_path: Path, pdfs: Path, double: DoubleProcess) -> None:
    run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--grace", 1000)
    run.wait_for_pages(3)
    double.control(faults=[{"kind": "hang"}])
    time.sleep(0.5)
    run.kill(signal.SIGINT)
    run.wait_for(notice("stopping"))
    run.kill(signal.SIGINT)
    assert run.wait() == 130
    assert gone(run.worker_pids())


def test_while_documents_are_written_and_at_the_very_end(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    out = tmp_path / "out"
    dice = random.Random(3)
    moments: list[Callable[[Command], bool]] = [
        lambda run: len(run.events("page-finished")) >= dice.randrange(1, PAGES // 2),
        lambda run: len(run.events("page-finished")) >= PAGES or bool(run.events("run-finished")),
        lambda run: bool(run.events("run-finished")),
    ]
    for moment in moments:
        run = Command(tmp_path, pdfs, "-o", out, "--server-url", double.url)
        run.wait_for(lambda run: moment(run) or run.process.poll() is not None)  # noqa: B023
        for _ in range(3):
            run.kill(signal.SIGINT)
        assert run.wait() in (0, 130), run.errors()
        assert not run.errors()
    assert convert(tmp_path, pdfs, "-o", out, "--server-url", double.url).process.returncode == 0
    assert tree(out) == calm.files


def test_a_closed_terminal_stops_in_good_order(tmp_path: Path, pdfs: Path, double: DoubleProcess) -> None:
    """A real terminal under the live view, whose window is closed."""
    out = tmp_path / "out"
    pid, terminal = pty.fork()
    if not pid:
        os.environ.update(TERM="xterm-256color", PYTHONUTF8="1")
        os.environ.pop("CI", None)
        os.chdir(ROOT)
        command = ["-m", "mineru_cli", "convert", str(pdfs), "-o", str(out), "--server-url", double.url]
        os.execv(sys.executable, [sys.executable, *command])
    shown = b""
    while b"pages/s" not in shown or not any(out.glob("doc*/vlm")):
        assert select.select([terminal], [], [], PATIENCE)[0], shown[-500:]
        shown += os.read(terminal, 65536)
    family = children(pid)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130
    assert outcome(out) == "interrupted"
    assert gone(family)


def test_while_a_list_of_files_is_typed(tmp_path: Path) -> None:
    """Once is enough: there is no run yet, and no view that has taken the terminal."""
    program = [
        sys.executable,
        "-m",
        "mineru_cli",
        "convert",
        "--files-from",
        "-",
        "-o",
        str(tmp_path / "out"),
    ]
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(ROOT)
        os.execv(sys.executable, [*program, "--server-url", NO_SERVER])
    shown = b""
    while b"Ctrl-D ends the list" not in shown:
        assert select.select([terminal], [], [], PATIENCE)[0], shown[-500:]
        shown += os.read(terminal, 65536)
    os.write(terminal, b"a.pdf\n\x03")
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 130
    assert b"Traceback" not in shown
    assert not (tmp_path / "out").exists()


def test_nohup_outlives_its_terminal(tmp_path: Path, pdfs: Path, double: DoubleProcess) -> None:
    run = Command(
        tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--limit", 6, before=("nohup",)
    )
    run.wait_for_pages(3)
    run.kill(signal.SIGHUP)
    assert run.wait() == 0


@pytest.mark.spec("orchestration/fault-isolation/nothing-is-orphaned")
def test_no_child_outlives_a_killed_run_with_its_own_engine(tmp_path: Path, pdfs: Path) -> None:
    for arrived in (notice("embedded CPU engine"), lambda run: bool(run.events("page-finished"))):
        run = Command(tmp_path, pdfs, "-o", tmp_path / "out")
        run.wait_for(arrived)
        family = children(run.process.pid)
        run.kill()
        run.process.wait()
        assert family
        assert gone(family)


@pytest.mark.parametrize(
    ("progress", "redirect"),
    [
        ("json", "> /dev/full"),
        ("log", "| true"),
        ("auto", "<&- >&- 2>&-"),
        pytest.param("json", "| head -1 > /dev/null", marks=pytest.mark.slow),
        pytest.param("log", "> /dev/full", marks=pytest.mark.slow),
        pytest.param("log", "2> /dev/full", marks=pytest.mark.slow),
        pytest.param("json", ">&-", marks=pytest.mark.slow),
    ],
)
def test_a_reader_that_is_gone_does_not_end_the_run(progress: str, redirect: str, tmp_path: Path) -> None:
    """Nor does a full disk behind a redirect, or a stream that was never open."""
    pdf = tmp_path / "short.pdf"
    pdf.write_bytes(corpus.text_pdf([corpus.prose("short", 0)]))
    with DoubleProcess() as double:
        script = (
            f'"$0" -m mineru_cli convert "$1" -o "$2" --server-url {double.url} --progress {progress} --workers 1 '
            f"{redirect}; echo ${{PIPESTATUS[0]}} > {tmp_path}/code"
        )
        done = subprocess.run(
            ["bash", "-c", script, sys.executable, str(pdf), str(tmp_path / "out")],
            cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert (tmp_path / "code").read_text().strip() == "0", done.stderr
    assert outcome(tmp_path / "out") == "finished"
    if redirect == "> /dev/full":
        assert "nothing more is written to stdout: No space left on device" in done.stderr


def test_what_was_found_and_not_begun_is_counted(tmp_path: Path, pdfs: Path, double: DoubleProcess) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for number in range(23_000):  # more than is found ahead
        (many / f"{number}.pdf").symlink_to(pdfs / "doc00.pdf")
    run = Command(tmp_path, many, "-o", tmp_path / "out", "--server-url", double.url, "--follow-links")
    run.wait_for_pages(3)
    assert not any(event["finished"] for event in run.events("discovery-progress"))
    run.kill(signal.SIGTERM)
    assert run.wait() == 130
    assert not run.errors()
    told = json.loads((tmp_path / "out/.mineru-batch/run.json").read_text())
    assert told["documents"]["total"] > told["documents"]["done"] + 1000, "those that were found count"
    assert told["pages"]["done"] == len(run.events("page-finished"))
