"""Lines out of pipes: the one place that puts chunks of bytes together again."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator

import anyio

LONGEST = 65536
"""Bytes of a line that has not ended, by default: writing without line ends must not fill the memory."""


class LineSplitter:
    """Cuts chunks into lines, without their ends. Pure: the caller reads.

    A line that has not ended after ``longest`` bytes is handed out as it is, and goes on as the next one.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that end in ``chunk``."""
        *lines, rest = (self._rest + chunk).split(b"\n")
        if len(rest) > self._longest:
            lines.append(rest)
            rest = b""
        self._rest = rest
        return lines

    def finish(self) -> list[bytes]:
        """What came after the last line end, if anything did: call it at the end of the stream."""
        rest, self._rest = self._rest, b""
        return [rest] if rest else []


async def text_lines(chunks: AsyncIterable[bytes], longest: int = LONGEST) -> AsyncIterator[str]:
    """Lines of a stream as text, the last one also when it does not end; bytes that are not UTF-8 replaced.

    Ends with the stream, also when it is closed while it is read.
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
    """Drain a stream, so that its writer never blocks on it, and keep its last lines that are not blank."""
    async for line in text_lines(chunks):
        if line.strip():
            tail.append(line)
