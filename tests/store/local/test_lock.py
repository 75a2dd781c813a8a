from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import pytest

from mineru_cli.errors import DiskFull, OutputLocked, OutputNotWritable
from mineru_cli.store.local.lock import RunLock

HOLD = """
import os, sys
from pathlib import Path
from mineru_cli.store.local.lock import RunLock
lock = RunLock(Path(sys.argv[1]))
lock.acquire()
if len(sys.argv) > 2:
    told, tell = os.pipe()
    if os.fork() == 0:
        os.write(tell, b"x")
        sys.stdin.read()
        os._exit(0)
    os.read(told, 1)
print("held", flush=True)
sys.stdin.read()
"""


def hold(path, *more):
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "held\n"
    return child


def end(child):
    child.stdin.close()
    child.stdout.close()
    child.wait(10)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out" / ".mineru-batch" / "lock"


def test_the_second_run_reports_the_first_one(path):
    child = hold(path)
    try:
        with pytest.raises(
            OutputLocked, match=rf"process {child.pid} on \S+ is working on {path.parent.parent}"
        ):
            RunLock(path).acquire()
    finally:
        end(child)
    with RunLock(path):
        pass


@pytest.mark.spec("orchestration/exclusive-output/a-kill-frees-the-folder")
def test_a_kill_frees_the_lock(path):
    child = hold(path)
    child.send_signal(signal.SIGKILL)
    end(child)
    with RunLock(path):
        assert path.read_text().startswith(f"{os.getpid()}\n")


def test_a_forked_child_does_not_hold_the_lock_for_its_dead_parent(path):
    child = hold(path, "fork")
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    try:
        with RunLock(path):
            pass
    finally:
        end(child)


def test_one_process_cannot_take_it_twice(path):
    with RunLock(path), pytest.raises(OutputLocked, match=str(os.getpid())):
        RunLock(path).acquire()


def test_it_can_be_taken_again(path):
    lock = RunLock(path)
    for _ in range(2):
        with lock:
            pass


def test_an_output_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputNotWritable):
        RunLock(tmp_path / "file" / "lock").acquire()


def test_a_full_disk_leaves_no_lock_behind(tmp_path, monkeypatch):
    def refuse(*given: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "lock"
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", refuse)
        with pytest.raises(DiskFull):
            RunLock(path).acquire()
    with RunLock(path):
        pass
