"""Why a run ends whose servers give no usable answer: what they said last, and what to do about it."""

from __future__ import annotations

import pytest

from mineru_cli.errors import InvalidReply, RequestError, ServerBusy, ServerFault, ServerUnreachable
from mineru_cli.inference.retry import given_up


@pytest.mark.parametrize(
    ("last", "message", "hint"),
    [
        (None, "no server answered for 8 s", "start the server again and repeat the command"),
        (
            ServerUnreachable("http://s: connection refused"),
            "no server answered for 8 s: http://s: connection refused",
            "start the server again",
        ),
        (
            ServerBusy("http://s answered 429: slow down", status=429),
            "no usable answer for 8 s",
            "--server-wait",
        ),
        (
            ServerFault("http://s answered 500: boom", status=500),
            "answered 500: boom",
            "the server's log; then",
        ),
        (InvalidReply("http://s answered with x", status=200), "with x", "check which model it serves; then"),
        (
            InvalidReply("no text", status=200, hint="no --reasoning-parser"),
            "no text",
            "no --reasoning-parser; then",
        ),
    ],
)
def test_the_last_words_of_the_server_are_the_reason(
    last: RequestError | None, message: str, hint: str
) -> None:
    error = given_up(8.0, last)
    assert message in error.message
    assert hint in error.hint
    assert error.hint.endswith("repeat the command: it continues where it stopped")
