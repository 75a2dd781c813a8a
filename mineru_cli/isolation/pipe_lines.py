"""Lines from pipes: the only place that reassembles chunks of bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator

import anyio

LONGEST = 65536
"""Default limit in bytes of an unterminated line: output without newlines must not fill the memory."""


class LineSplitter:
    """Splits chunks into lines without their newlines. Does no IO: the caller reads.

    A line longer than ``longest`` bytes is returned in pieces.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Returns the lines completed by ``chunk``."""
        *lines, rest = (self._rest + chunk).split(b"\n")
        if len(rest) > self._longest:
            lines.append(rest)
            rest = b""
        self._rest = rest
        return lines

    def finish(self) -> list[bytes]:
        """Returns what follows the last newline, if anything: call it at the end of the stream."""
        rest, self._rest = self._rest, b""
        return [rest] if rest else []


async def text_lines(chunks: AsyncIterable[bytes], longest: int = LONGEST) -> AsyncIterator[str]:
    """Lines of a stream as text, an unterminated last one included; bytes that are not UTF-8 are replaced.

    Ends with the stream, also if it is closed while being read.
    """
    splitter = LineSplitter(longest)
    try:
        async for chunk in chunks:
            for line in splitter.feed(chunk):
                yield line.decode("utf-8", "replace")
    except (anyio.ClosedResourceError, anyio.BrokenResourceError):
        pass
    for line in splitter.finish():
        yield line.decode("utf-8", "replace")


async def keep_tail(chunks: AsyncIterable[bytes], tail: deque[str]) -> None:
    """Drain a stream, so that its writer never blocks, and keep its last non-blank lines."""
    async for line in text_lines(chunks):
        if line.strip():
            tail.append(line)
