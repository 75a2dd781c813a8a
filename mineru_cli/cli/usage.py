"""What the parser of the command line finds wrong, as an error of our tree."""

from __future__ import annotations

import difflib
from typing import Any

import typer

from mineru_cli.errors import UsageError

PARSER_ERROR: type[Exception] = typer.BadParameter.__bases__[0]
"""The parser's own error class: typer exports only this subclass, and has a parser of its own since 0.20."""

_PARSED = {
    "Input should be a valid integer": "the value is not a whole number",
    "Input should be a valid number": "the value is not a number",
    "Input should be a valid boolean": "the value is not yes or no",
}


def usage_error(error: Any) -> UsageError:
    """The same in our words: the option's name first, then what is wrong, then where to look."""
    context = getattr(error, "ctx", None)
    hint = f"see: {context.command_path} --help" if context is not None else ""
    return UsageError(_message(error), hint=hint)


def _message(error: Any) -> str:
    kind = type(error).__name__
    option = str(getattr(error, "option_name", "") or "")
    if kind == "NoSuchOption":
        near = difflib.get_close_matches(option, _options_of(error.ctx), n=1)
        return f"{option}: there is no such option" + (f"; did you mean {near[0]}?" if near else "")
    if option:  # it is there, but its value is not
        return (
            f"{option}: a value is missing" if "argument" in error.message else f"{option}: {error.message}"
        )
    parameter = getattr(error, "param", None)
    name = _name_of(parameter)
    if kind == "MissingParameter":
        return f"{name} is missing"
    if parameter is not None:
        found = next((words for start, words in _PARSED.items() if error.message.startswith(start)), "")
        return f"{name}: {found or _sentence(error.message)}"
    return _sentence(error.format_message())


def _name_of(parameter: Any) -> str:
    if parameter is None:
        return "an argument"
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper()).rstrip(".")
    return str(max(parameter.opts, key=len))


def _options_of(context: Any) -> list[str]:
    return [name for one in context.command.get_params(context) for name in (*one.opts, *one.secondary_opts)]


def _sentence(text: str) -> str:
    plain = text.removeprefix("Value error, ").rstrip(".")
    return plain[:1].lower() + plain[1:]
