"""The process of a command: its standard streams, signals and exit.

A command that must stop gracefully handles the signals meanwhile (``session.signals``,
``interrupt.cancelled_by_signals``). Imported first: imports nothing of this package and nothing slow.
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
    """Ensure that the standard streams are open, and treat SIGTERM and a lost terminal like Ctrl-C.

    It raises KeyboardInterrupt, except while modules load, when nothing has started yet.
    """
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, TextIOWrapper
        ):  # a character that the terminal cannot encode must not end a run
            stream.reconfigure(errors="backslashreplace")
    for number in heeded_signals():
        signal.signal(number, _interrupt)


def heeded_signals() -> tuple[signal.Signals, ...]:
    """Signals that stop this process: all of them, except SIGHUP under ``nohup``."""
    under_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return tuple(number for number in SIGNALS if not (under_nohup and number == signal.SIGHUP))


def ignore_signals() -> None:
    """Ignore further signals at the end. An earlier one may still raise KeyboardInterrupt."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def leave(code: int) -> NoReturn:
    """End the process."""
    ignore_signals()
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        # The interpreter would join the thread, which may hang in a file system or name server that is gone.
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _interrupt(number: int, frame: FrameType | None) -> None:
    # Raised while a module loads, it can be lost: Python ignores exceptions of its callbacks there.
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            os._exit(INTERRUPTED)
        frame = frame.f_back
    for again in heeded_signals():  # a second one during cleanup must not escape the handler of the first
        signal.signal(again, _end_at_once)
    raise KeyboardInterrupt


def _end_at_once(number: int, frame: FrameType | None) -> None:
    atexit._run_exitfuncs()  # restores the terminal
    os._exit(INTERRUPTED)


def _open_closed_streams() -> None:
    """Open /dev/null for streams that the caller closed (``>&-``), before a file gets the descriptor."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free descriptor, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
