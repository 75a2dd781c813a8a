"""Commands and groups of commands with this program's help pages.

Options are grouped by panel, each with its metavar (``URL``, ``N``, ``SECONDS``). Imports only typer, so that
``--help`` is fast: a group has names and summaries of its commands, and loads one when it is used.
"""

from __future__ import annotations

import difflib
import importlib
import math
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from mineru_cli.cli.usage import PARSER_ERROR, name_of
from mineru_cli.errors import SettingsError
from mineru_cli.ui.plain_text import colour_wanted

MAX_WIDTH = 120
"""Maximum width in columns."""
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": MAX_WIDTH}

_ARGUMENTS, _OPTIONS = "Arguments", "Options"
_PLACEHOLDERS = (
    (re.compile(r"<list\[(.*)\]>"), r"<\1>"),
    (re.compile(r"<(int|float)( range)?>"), "N"),
    (re.compile(r"<(str|TEXT)>"), "TEXT"),
    (re.compile(r"<(path|Path|file|directory)>"), "FILE"),
    (re.compile(r"<([\w|-]+)>"), r"\1"),
)


def _require_arguments(command: TyperCommand | TyperGroup, ctx: Any, args: list[str]) -> None:
    """Show the help page on stderr and exit with 2, where arguments are required and there are none."""
    if not args and command.no_args_is_help and not ctx.resilient_parsing:
        typer.echo(ctx.get_help(), err=True)
        raise typer.Exit(2)


class Command(TyperCommand):
    """A command whose help groups options by panel."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Show the help page if a command that requires arguments gets none."""
        _require_arguments(self, ctx, args)
        try:
            parsed: list[str] = super().parse_args(ctx, args)
        except PARSER_ERROR as error:
            error.ctx = error.ctx or ctx  # type: ignore[attr-defined]
            raise
        return parsed

    def invoke(self, ctx: Any) -> Any:
        """Run it, with finite numbers only. Adds a pointer to the help to errors of settings."""
        try:
            for parameter in self.get_params(ctx):
                value = ctx.params.get(parameter.name)
                if isinstance(value, float) and not math.isfinite(value):
                    raise SettingsError(f"{name_of(parameter)}: '{value}' is not a finite number")
            return super().invoke(ctx)
        except SettingsError as error:
            error.hint = error.hint or f"see: {ctx.command_path} --help"
            raise

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options."""
        write_parameters(self, ctx, formatter)

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the usage line with plain names of arguments."""
        _write_usage(self, ctx, formatter)


def single_command() -> typer.Typer:
    """The app of a command without subcommands."""
    return typer.Typer(add_completion=False, rich_markup_mode=None)


def group(help_text: str) -> typer.Typer:
    """The app of a command with subcommands."""
    return typer.Typer(
        cls=CommandGroup,
        help=help_text,
        no_args_is_help=True,
        rich_markup_mode=None,
        add_completion=False,
    )


@dataclass(frozen=True, slots=True)
class Lazy:
    """A command that is loaded lazily: the module with its ``app``, and its summary."""

    module: str
    summary: str


class _Commands(Mapping[str, Any]):
    """Commands by name, loaded on access."""

    def __init__(self, lazy: Mapping[str, Lazy]) -> None:
        self._lazy, self._loaded = lazy, dict[str, Any]()

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            app = importlib.import_module(self._lazy[name].module).app
            command = typer.main.get_command(app)
            command.name = name
            self._loaded[name] = command
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lazy)

    def __len__(self) -> int:
        return len(self._lazy)


class CommandGroup(TyperGroup):
    """A group of commands. ``LAZY`` are those loaded on use."""

    LAZY: Mapping[str, Lazy] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        if self.LAZY:
            self.commands = _Commands(self.LAZY)  # type: ignore[assignment]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Show the help page if no command is given."""
        _require_arguments(self, ctx, args)
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of declaration."""
        return list(self.commands)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that ``args`` name first."""
        name = args[0]
        if name not in self.commands and not name.startswith("-") and not ctx.resilient_parsing:
            near = difflib.get_close_matches(name, list(self.commands), n=1)
            ctx.fail(f"there is no command {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write commands, then options."""
        self.format_commands(ctx, formatter)
        write_parameters(self, ctx, formatter)

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the usage line."""
        _write_usage(self, ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one line per command."""
        rows = [(name, self._summary(name)) for name in self.commands]
        _write_section(formatter, "Commands", rows)

    def _summary(self, name: str) -> str:
        if name in self.LAZY:
            return self.LAZY[name].summary
        help_text = str(self.commands[name].help or "")
        return help_text.strip().split("\n\n")[0].replace("\n", " ")


def write_parameters(command: Any, ctx: Any, formatter: Any) -> None:
    """Write arguments and options of ``command``, grouped by panel."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for parameter in command.get_params(ctx):
        if (row := _row(parameter, ctx)) is not None:
            sections.setdefault(_heading(parameter), []).append(row)
    first, last = sections.pop(_ARGUMENTS, []), sections.pop(_OPTIONS, [])
    for heading, rows in [(_ARGUMENTS, first), *sections.items(), (_OPTIONS, last)]:
        if rows:
            _write_section(formatter, heading, rows)


def _heading(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return _ARGUMENTS
    return getattr(parameter, "rich_help_panel", None) or _OPTIONS


def _row(parameter: Any, ctx: Any) -> tuple[str, str] | None:
    record = parameter.get_help_record(ctx)
    if record is None:
        return None
    name, text = record
    if parameter.param_type_name == "argument":
        name = parameter.metavar or parameter.name.upper()
        text = text.replace("  [required]", "")
    for pattern, plain in _PLACEHOLDERS:
        name = pattern.sub(plain, name)
    return name, text


def _write_section(formatter: Any, heading: str, rows: list[tuple[str, str]]) -> None:
    colour = colour_wanted(sys.stdout)
    if colour:
        rows = [(f"\x1b[36m{name}\x1b[0m", text) for name, text in rows]
    with formatter.section(f"\x1b[1m{heading}\x1b[0m" if colour else heading):
        formatter.write_dl(rows, col_max=34 if formatter.width >= 90 else 28)


def _write_usage(command: Any, ctx: Any, formatter: Any) -> None:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    names = [_usage_name(one) for one in arguments]
    if isinstance(command, TyperGroup):
        names.append("COMMAND ...")
    formatter.write_usage(ctx.command_path, " ".join(["[OPTIONS]", *names]))


def _usage_name(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    if argument.nargs != 1 and "..." not in name:
        name += "..."
    return name if argument.required or name.startswith("[") else f"[{name}]"
