"""Options that come from the fields of dataclasses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from mineru_cli.cli.flags import expanded
from mineru_cli.settings.declaration import Flag


@dataclass(frozen=True)
class Limits:
    floor: Annotated[float, Flag("Least share.", "Gate", low=0, high=1)] = 0.5
    repeats: Annotated[int, Flag("How often.", name="max-repeats")] = 3
    cache: Annotated[bool, Flag("Use the cache.", name="cache/--no-cache")] = True
    names: Annotated[str | None, Flag("Which.", default="all of them")] = None
    inner: int = 7


@dataclass(frozen=True)
class More:
    floor: Annotated[float, Flag("A field of the same name.", name="other-floor")] = 0.1


def run(*arguments: str):
    app = typer.Typer(rich_markup_mode=None)
    seen: list[object] = []

    @app.command()
    @expanded
    def command(name: str = "x", *, limits: Limits, more: More) -> None:
        seen.extend((name, limits, more))

    return CliRunner().invoke(app, list(arguments)), seen


@pytest.mark.parametrize(
    ("arguments", "limits", "more"),
    [
        ((), Limits(), More()),
        (("--floor", "1", "--max-repeats", "2"), Limits(1.0, 2), More()),
        (("--no-cache", "--names", "a,b"), Limits(cache=False, names="a,b"), More()),
        (("--other-floor", "0.2"), Limits(), More(0.2)),
    ],
)
def test_a_command_gets_what_its_options_say(arguments, limits, more):
    result, seen = run("--name", "y", *arguments)
    assert result.exit_code == 0, result.output
    assert seen == ["y", limits, more]


def test_bounds_are_held():
    result, seen = run("--floor", "1.5")
    assert result.exit_code == 2
    assert not seen


def test_help_shows_declared_and_described_defaults_and_no_other_field():
    text = " ".join(run("--help")[0].output.split())
    assert "--floor" in text
    assert "[default: 0.5" in text
    assert "Which. [default: all of them]" in text
    assert "inner" not in text


def test_an_option_needs_a_default():
    @dataclass
    class Bad:
        floor: Annotated[float, Flag("Least.")]

    def command(*, bad: object) -> None: ...

    command.__annotations__["bad"] = Bad
    with pytest.raises(TypeError, match=r"Bad\.floor"):
        expanded(command)
