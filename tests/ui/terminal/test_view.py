from __future__ import annotations

import io
import os
import pty

import pytest

from mineru_cli.domain.events import Notice
from mineru_cli.ui.jsonl import JsonView
from mineru_cli.ui.plain_text import colour_wanted
from mineru_cli.ui.terminal.log import LogView
from mineru_cli.ui.terminal.view import SilentView, TerminalIO, make_view


def place(**environ):
    return TerminalIO(io.StringIO(), io.StringIO(), io.StringIO(), environ, lambda: 0.0)


@pytest.fixture
def terminal():
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        yield stream
    os.close(ours)


@pytest.mark.parametrize(("choice", "kind"), [("log", LogView), ("json", JsonView), ("none", SilentView)])
def test_choices(choice, kind):
    assert isinstance(make_view(choice, place()), kind)


def test_auto_is_a_log_without_a_terminal():
    assert isinstance(make_view("auto", place(TERM="xterm-256color")), LogView)


def test_auto_is_a_log_on_a_terminal_that_is_not_ours(terminal):
    """A pty that is not our controlling terminal: the process counts as one in the background."""
    here = TerminalIO(terminal, terminal, terminal, {"TERM": "xterm"}, lambda: 0.0)
    assert isinstance(make_view("auto", here), LogView)


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_colour(terminal, environ, wanted):
    assert colour_wanted(terminal, environ) is wanted
    assert not colour_wanted(io.StringIO(), environ)


def test_json_leaves_stderr_and_others_leave_stdout_alone():
    for choice in ("json", "log", "none"):
        here = place()
        with make_view(choice, here) as view:
            view(Notice("info", "hello"), 1.0)
        assert bool(here.stdout.getvalue()) is (choice == "json")
        assert bool(here.stderr.getvalue()) is (choice == "log")
