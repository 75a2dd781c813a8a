"""Lines out of pipes."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.isolation.pipe_lines import LineSplitter, keep_tail, text_lines


@given(st.lists(st.binary(max_size=9), max_size=30))
def test_lines_do_not_depend_on_where_a_pipe_cut_them(chunks):
    splitter = LineSplitter()
    found = [line for chunk in chunks for line in splitter.feed(chunk)] + splitter.finish()
    *whole, rest = b"".join(chunks).split(b"\n")
    assert found == whole + ([rest] if rest else [])


def test_a_line_without_an_end_takes_no_more_memory_than_the_bound():
    splitter = LineSplitter(10)
    pieces = [line for _ in range(100) for line in splitter.feed(b"abcd")]
    assert pieces == [b"abcd" * 3] * 33
    assert splitter.finish() == [b"abcd"]
    assert splitter.finish() == []


async def _chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def lines_of(*chunks: bytes) -> list[str]:
    async def collect() -> list[str]:
        return [line async for line in text_lines(_chunks(*chunks))]

    return anyio.run(collect)


def test_a_letter_may_be_cut_in_two():
    assert lines_of(b"Gr\xc3", b"\xbc\xc3\x9fe\nund", b" \xff") == ["Grüße", "und �"]


@pytest.mark.parametrize("error", [anyio.ClosedResourceError, anyio.BrokenResourceError])
def test_a_stream_that_is_closed_while_it_is_read_ends(error):
    async def broken() -> AsyncIterator[bytes]:
        yield b"one\ntwo"
        raise error

    async def collect() -> list[str]:
        return [line async for line in text_lines(broken())]

    assert anyio.run(collect) == ["one", "two"]


def test_the_tail_is_the_last_lines_with_words_in_them():
    tail: deque[str] = deque(maxlen=2)
    anyio.run(keep_tail, _chunks(b"first\n\nsec", b"ond\n  \nthird"), tail)
    assert list(tail) == ["second", "third"]
