"""Plain text on a stream: safe to show, line by line, errors with their hints."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, TextIO

from mineru_cli.errors import MinerUBatchError, OutputNotWritable

STDOUT, STDERR = 1, 2
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Pipe:
    """Writes whole lines to ``stream``; drops them once its reader is gone.

    A full disk behind a redirect counts as a gone reader, unless the text is ``needed``, as the only product
    of its command: then ``line`` raises ``OutputNotWritable``.
    """

    def __init__(self, stream: TextIO, *, needed: bool = False) -> None:
        self._stream = stream
        self._needed = needed
        self.broken = False

    def line(self, text: str) -> None:
        """Write and flush one line."""
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
            give_up(self._stream, error, needed=self._needed)


def give_up(stream: IO[str], error: Exception, *, needed: bool) -> None:
    """Redirect a stream whose reader is gone to /dev/null; a full disk is a warning on stderr, or an error.

    Otherwise the interpreter flushes it on exit, fails again, and exits with 120. Raises
    ``OutputNotWritable``.
    """
    try:
        target = stream.fileno()
        sink = os.open(os.devnull, os.O_WRONLY)
    except (OSError, ValueError):
        return
    os.dup2(sink, target)
    os.close(sink)
    if isinstance(error, OSError) and error.errno in FULL and target == STDOUT:
        if needed:
            raise OutputNotWritable(f"standard output cannot be written: {error.strerror}")
        with suppress(OSError):
            os.write(STDERR, f"warning: nothing more is written to stdout: {error.strerror}\n".encode())


LONGEST = 400
"""Limit of characters shown of one text: names and messages of a model can be very long."""


def visible(text: str, limit: int = LONGEST) -> str:
    r"""``text`` on one line with unprintable characters escaped.

    Control characters, ANSI escapes, bidirectional overrides, zero-width characters and bytes that are not
    UTF-8 become ``\n``, ``\x1b``, ``\u202e``, ``\udcff``. Spaces of any kind become a space.
    """
    cut = text[:limit]
    shown = cut if cut.isprintable() else "".join(map(_shown, cut))
    return shown + "…" if len(text) > limit else shown


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    if character in "\u00a0\u3000" or "\u2000" <= character <= "\u200a":
        return " "
    return character.encode("unicode_escape").decode("ascii")


LONGEST_MESSAGE = 2000


def show_json(value: object, stream: TextIO, *, indent: int | None = 2) -> None:
    """Write ``value`` as JSON, indented or on one line. What JSON does not know is written as text."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=str)
    Pipe(stream, needed=True).line(text)


def colour_wanted(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether to use colour: only on a terminal that supports it, and honouring https://no-color.org."""
    shows = not stream.closed and stream.isatty() and environ.get("TERM", "dumb") != "dumb"
    return shows and not environ.get("NO_COLOR")


def show_error(error: MinerUBatchError, stream: TextIO) -> None:
    """Write ``error`` and below it its hint. Further lines of the message are indented."""
    pipe = Pipe(stream)
    word = "\x1b[1;31merror:\x1b[0m" if colour_wanted(stream) else "error:"
    first, *quoted = error.message[:LONGEST_MESSAGE].split("\n")
    pipe.line(f"{word} {visible(first, LONGEST_MESSAGE)}")
    for line in quoted:
        pipe.line(f"    {visible(line, LONGEST_MESSAGE)}")
    for line in error.hint.splitlines():
        pipe.line(f"  {visible(line, LONGEST_MESSAGE)}")
