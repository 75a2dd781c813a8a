"""The process around a command: its three streams, its signals from the first line to the last, its end.

A command that has work to stop in good order takes the signals over meanwhile (``session.signals``,
``interrupt.cancelled_by_signals``). Loaded first of all: imports nothing of this package and nothing slow.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from contextlib import suppress
from io import TextIOWrapper
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def begin() -> None:
    """Make sure of the three streams, and let SIGTERM and a lost terminal be what Ctrl-C is.

    It raises KeyboardInterrupt, but for a moment in which nothing can have been begun: while modules load.
    """
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name or a sign that the terminal cannot show ends no run
            stream.reconfigure(errors="backslashreplace")
    for number in heeded_signals():
        signal.signal(number, _interrupt)


def heeded_signals() -> tuple[signal.Signals, ...]:
    """Signals that mean "stop" to this process: all of them, but under ``nohup`` not the lost terminal."""
    under_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return tuple(number for number in SIGNALS if not (under_nohup and number == signal.SIGHUP))


def ignore_signals() -> None:
    """From now on: there is nothing left to stop. One that came before may still raise KeyboardInterrupt."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def leave(code: int) -> NoReturn:
    """End the process."""
    ignore_signals()
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        # The interpreter would wait for it, and it may hang in a file system or name server that is gone.
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _interrupt(number: int, frame: FrameType | None) -> None:
    # Raised while a module loads it can be lost: Python ignores what its callbacks raise there.
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            os._exit(INTERRUPTED)
        frame = frame.f_back
    for again in heeded_signals():  # one that comes on the way out must not escape from who handles the first
        signal.signal(again, _end_at_once)
    raise KeyboardInterrupt


def _end_at_once(number: int, frame: FrameType | None) -> None:
    atexit._run_exitfuncs()  # gives the terminal back
    os._exit(INTERRUPTED)


def _open_closed_streams() -> None:
    """Let /dev/null stand in for what the caller closed (``>&-``), before some other file gets its number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
