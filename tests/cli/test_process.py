"""The process around a command: streams, signals and its end, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAD = "import os, signal, sys; from mineru_cli.cli.process import begin, leave; begin()\n"


def run(script: str, *, folder: Path | None = None, shell: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", HEAD + script]
    if shell:
        command = ["sh", "-c", f'exec "$0" "$@" {shell}', *command]
    path = {"PYTHONPATH": f"{ROOT}:{folder}"}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=path)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_is_what_ctrl_c_is(name: str) -> None:
    done = run(
        f"try: os.kill(os.getpid(), signal.{name}); signal.pause()\nexcept KeyboardInterrupt: leave(7)"
    )
    assert (done.returncode, done.stderr) == (7, "")


def test_a_signal_within_an_import_is_not_lost(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)\nprint('lost')"
    )
    done = run("try: import slow\nexcept BaseException: pass", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_nohup_is_heeded() -> None:
    script = "signal.signal(signal.SIGHUP, signal.SIG_IGN); begin(); os.kill(os.getpid(), signal.SIGHUP)"
    assert run(script).returncode == 0


def test_a_thread_that_hangs_does_not_keep_the_process_and_nothing_written_is_lost() -> None:
    done = run(
        "import threading; threading.Thread(target=threading.Event().wait).start(); print('all'); leave(3)"
    )
    assert (done.returncode, done.stdout) == (3, "all\n")


def test_signals_at_the_end_change_nothing() -> None:
    done = run(
        "import atexit; atexit.register(lambda: os.kill(os.getpid(), signal.SIGTERM) or print('end'))\nleave(5)"
    )
    assert (done.returncode, done.stdout, done.stderr) == (5, "end\n", "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_was_closed_is_there_and_no_file_has_its_number(closed: str, tmp_path: Path) -> None:
    done = run(
        "file = open(os.devnull); print('text', flush=True); sys.stderr.write('more'); sys.stdin.read()\n"
        "leave(0 if file.fileno() > 2 else 1)",
        shell=closed,
    )
    assert done.returncode == 0, done.stderr
