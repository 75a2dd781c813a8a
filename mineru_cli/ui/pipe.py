"""A stream whose reader may go away: a closed pipe ends the talking, never the run."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import IO, TextIO

STDOUT, STDERR = 1, 2
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Pipe:
    """Writes whole lines to ``stream`` until its reader is gone; from then on everything is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.broken = False

    def line(self, text: str) -> None:
        """Write one line at once. A full disk behind a redirect counts as a reader that is gone."""
        if self.broken:
            return
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except UnicodeEncodeError:
            encoding = self._stream.encoding
            self.line(text.encode(encoding, "backslashreplace").decode(encoding))
        except (OSError, ValueError) as error:
            self.broken = True
            give_up(self._stream, error)


def give_up(stream: IO[str], error: Exception) -> None:
    """Point a stream whose reader is gone at nothing; a disk that is full is told on stderr.

    Without this the interpreter flushes it at its end, fails again, and changes the exit code to 120.
    """
    try:
        target = stream.fileno()
        sink = os.open(os.devnull, os.O_WRONLY)
    except (OSError, ValueError):
        return
    os.dup2(sink, target)
    os.close(sink)
    if isinstance(error, OSError) and error.errno in FULL and target == STDOUT:
        with suppress(OSError):
            os.write(STDERR, f"warning: nothing more is written to stdout: {error.strerror}\n".encode())
