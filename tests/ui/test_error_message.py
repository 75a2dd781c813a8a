from __future__ import annotations

import io

from mineru_cli.errors import InputNotFound
from mineru_cli.ui.plain_text import show_error


def test_message_and_hint_without_a_traceback():
    stream = io.StringIO()
    show_error(InputNotFound("./pdf\x1b[2Js names nothing", hint="Check the path."), stream)
    assert stream.getvalue() == "error: ./pdf\\x1b[2Js names nothing\n  Check the path.\n"


def test_a_hint_of_several_lines_keeps_them_and_is_escaped():
    stream = io.StringIO()
    show_error(InputNotFound("two things", hint="port: another\ndisk: \x1b[2Jmore"), stream)
    assert stream.getvalue() == "error: two things\n  port: another\n  disk: \\x1b[2Jmore\n"


def test_a_closed_stream_causes_no_second_error():
    stream = io.StringIO()
    stream.close()
    show_error(InputNotFound("gone"), stream)


def test_what_a_program_said_last_is_quoted_line_by_line() -> None:
    stream = io.StringIO()
    show_error(InputNotFound("it ended with code 1:\nno GPU\x1b here\nerror: forged"), stream)
    assert stream.getvalue().splitlines() == [
        "error: it ended with code 1:", "    no GPU\\x1b here", "    error: forged",
    ]  # fmt: skip
