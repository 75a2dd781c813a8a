"""What the parser of the command line finds wrong, as an error of our tree."""

from __future__ import annotations

import difflib
from typing import Any

import typer

from mineru_cli.errors import UsageError

PARSER_ERROR: type[Exception] = typer.BadParameter.__bases__[0]
"""The parser's own error class: typer exports only this subclass, and has a parser of its own since 0.20."""


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
    name = name_of(parameter)
    if kind == "MissingParameter":
        return f"{name} is missing"
    if parameter is not None:
        return f"{name}: {_what_is_wrong(error)}"
    return _sentence(error.format_message())


def _what_is_wrong(error: Any) -> str:
    """The words for a value that is not valid: those of settings, whichever command takes the option."""
    from mineru_cli.settings.problems import message_of, not_one_of

    details = getattr(error.__cause__, "errors", None)  # the parser checks values with pydantic, too
    text = _sentence(message_of(details(include_url=False)[0]) if details else error.message)
    value, of_choices, choices = text.partition(" is not one of ")
    return not_one_of(value, choices) if of_choices else text


def name_of(parameter: Any) -> str:
    """What the user calls a parameter: ``--timeout``, or the placeholder of an argument."""
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
