"""The live view on a real terminal: a pty that is the controlling terminal of a child process."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
ROOT = HERE.parents[1]

CHILD = f"""
import fcntl, os, sys, termios, threading, time
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.path[:0] = [{str(ROOT)!r}, {str(HERE)!r}]
from scenes import BASE, busy
from mineru_cli.domain.events import PageFinished
from mineru_cli.ui.terminal.view import Controls, TerminalIO, make_view
stop, said = threading.Event(), []
controls = Controls(lambda on: said.append(f"pause {{on}}"), stop.set)
view = make_view("auto", TerminalIO(sys.stdin, sys.stdout, sys.stderr, os.environ, lambda: BASE + 120, controls))
said.append(type(view).__name__)
try:
    with view:
        for at, event in busy():
            view(event, at)
        print("a forgotten print")
        os.write(2, b"a C library's words\\n")
        MODE
        stop.wait(20)
finally:
    print("said:", *said, "stopped" if stop.is_set() else "", view.progress.snapshot(BASE).pages.done)
"""


class Terminal:
    """A child process on a terminal of its own, and what it has written so far."""

    def __init__(self, mode="pass", columns=100, lines=30):
        self.fd, theirs = pty.openpty()
        resize(self.fd, lines, columns)
        self.before = termios.tcgetattr(self.fd)
        environ = {**os.environ, "TERM": "xterm-256color", "PYTHONUTF8": "1", "PYTHON_COLORS": "0"}
        environ.pop("CI", None)
        environ.pop("NO_COLOR", None)
        self.child = subprocess.Popen(
            [sys.executable, "-c", CHILD.replace("MODE", mode)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environ,
            start_new_session=True,
        )
        os.close(theirs)
        self.output = ""

    def until(self, pattern, seconds=60.0):
        """Read on until ``pattern`` was written. AssertionError when it never is."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.output):
            assert time.monotonic() < end, f"never saw {pattern!r} in {self.output[-2000:]!r}"
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    self.output += os.read(self.fd, 65536).decode("utf-8", "replace")
                except OSError:
                    assert re.search(pattern, self.output), (
                        f"ended without {pattern!r}: {self.output[-2000:]!r}"
                    )

    def press(self, keys):
        self.output = ""
        os.write(self.fd, keys)

    def end(self):
        """Exit status of the child."""
        return self.child.wait(timeout=20)


def resize(fd, lines, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


@pytest.fixture
def terminal():
    made = []

    def make(*args, **more):
        made.append(Terminal(*args, **more))
        return made[-1]

    yield make
    for one in made:
        one.child.kill()
        one.child.wait()
        os.close(one.fd)


def restored(terminal):
    """Leaves the other screen, shows the cursor, wraps again, and cooks the line."""
    tail = terminal.output[terminal.output.rindex("\x1b[?1049l") :]
    assert "\x1b[?7h\x1b[?25h\x1b[?1049l" in terminal.output
    assert "\x1b[?2026h" not in tail
    return termios.tcgetattr(terminal.fd) == terminal.before


def test_a_person_watches_presses_keys_and_gets_the_terminal_back(terminal):
    one = terminal()
    one.until("server-bound")
    one.until("p.{0,20}pause")
    assert termios.tcgetattr(one.fd)[3] & (termios.ICANON | termios.ECHO) == 0
    assert termios.tcgetattr(one.fd)[3] & termios.ISIG
    one.press(b"v")
    one.until("overview")
    one.press(b"\x1b[A")
    one.press(b"p")
    one.until("go on")
    one.press(b"p")
    one.until("pause")
    one.press(b"q")
    one.until("said: .*180")
    assert "said: LiveView pause True pause False stopped" in one.output
    assert restored(one)
    assert one.end() == 0


def test_what_others_write_appears_after_the_end_not_within(terminal):
    one = terminal()
    one.until("server-bound")
    assert "a forgotten print\r\n" not in one.output
    one.press(b"q")
    one.until("said:")
    after_the_end = one.output[one.output.rindex("\x1b[?1049l") :]
    assert "a C library's words\r\n" in after_the_end
    assert one.end() == 0


def test_an_exception_gives_the_terminal_back_before_its_traceback(terminal):
    one = terminal("time.sleep(0.6); raise RuntimeError('boom')")
    one.until("RuntimeError: boom")
    assert restored(one)
    assert one.output.rindex("Traceback") > one.output.rindex("\x1b[?1049l")
    assert one.end() == 1


def test_ctrl_c_stays_a_signal_and_gives_the_terminal_back(terminal):
    one = terminal()
    one.until("server-bound")
    one.press(b"\x03")
    one.until("KeyboardInterrupt")
    assert restored(one)
    assert one.end() != 0


def test_sys_exit_from_elsewhere_gives_the_terminal_back(terminal):
    one = terminal("time.sleep(0.6); sys.exit(3)")
    one.until("said:")
    assert restored(one)
    assert one.end() == 3


def test_only_changed_lines_are_painted(terminal):
    """The clock stands still in the child, so after the first frames nothing is written at all."""
    one = terminal()
    one.until("p.{0,20}pause")
    one.until("a C library")
    one.press(b"\x1b[B")
    time.sleep(1.0)
    quiet = select.select([one.fd], [], [], 0)[0]
    written = os.read(one.fd, 65536) if quiet else b""
    assert len(written) < 400
    one.press(b"\x0c")
    one.until("mineru-batch")
    one.press(b"q")
    one.until("said:")
    assert one.end() == 0


def test_a_new_size_is_painted_again(terminal):
    one = terminal()
    one.until("p.{0,20}pause")
    one.output = ""
    resize(one.fd, 12, 60)
    one.until("\x1b\\[2J")
    one.until("pause")
    rows = [int(row) for row in re.findall("\x1b\\[(\\d+);1H", one.output)]
    assert max(rows) <= 12
    one.press(b"q")
    one.until("said:")
    assert one.end() == 0


def test_many_events_cause_few_terminal_updates(terminal):
    storm = "[view(PageFinished('a', n, 0, 1.0, 1, 0, 1, 0), BASE + 120) for n in range(30000)]"
    one = terminal(storm)
    one.until(r"30,\d\d\d /")
    assert len(one.output) < 100_000
    one.press(b"q")
    one.until("said: .*30180")
    assert one.end() == 0
