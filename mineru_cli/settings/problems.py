"""Messages for pydantic's validation errors, without its vocabulary and without secrets."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from mineru_cli.errors import SettingProblem, SettingsError
from mineru_cli.settings.declaration import size_text

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_LONGEST = 60
_EXPECTED = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number of a sensible size",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_parsing": "yes or no",
    "bool_type": "yes or no",
    "string_type": "text",
    "path_type": "the name of a file",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "a group of settings",
    "model_attributes_type": "a group of settings",
}
_SECRET = frozenset({"api_key", "password", "headers", "logins"})
"""Fields whose values must not be quoted in messages."""
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "above"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "below"),
}


def problems_of(error: ValidationError) -> tuple[SettingProblem, ...]:
    """One problem per setting, with the path of its field."""
    found: dict[tuple[str, ...], str] = {}
    for one in error.errors(include_url=False):
        path = tuple(part for part in one["loc"] if isinstance(part, str) and part != "[key]")
        found.setdefault(path, message_of(one, path))
    return tuple(SettingProblem(path, message) for path, message in found.items())


def not_valid(
    problems: Sequence[SettingProblem], name_of: Callable[[tuple[str, ...]], str] = ".".join
) -> SettingsError:
    """The error for ``problems``, one line each; ``name_of`` returns the name that the user gave."""
    lines = [f"{name_of(one.path)}: {one.message}" if one.path else one.message for one in problems]
    message = lines[0] if len(lines) == 1 else "\n".join([f"{len(lines)} settings are not valid:", *lines])
    return SettingsError(message, problems=tuple(problems))


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'workers'?``, or "" without a similar name."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def message_of(one: ErrorDetails, path: tuple[str, ...] = ()) -> str:
    """What is wrong with one value, in our words; ``path`` is that of its setting."""
    kind, context = one["type"], one.get("ctx", {})
    quoted = _shown(one["input"], path)
    if kind in _EXPECTED:
        return f"{quoted} is not {_EXPECTED[kind]}"
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"{quoted} is not allowed: it must be {words} {_bound(context[name])}"
    if kind == "literal_error":
        return not_one_of(quoted, context["expected"])
    if kind == "string_pattern_mismatch":
        return f"{quoted} is not a valid name"
    if kind == "extra_forbidden":
        return f"there is no such setting{_near_name(path)}"
    return one["msg"].removeprefix("Value error, ")


def not_one_of(value: str, choices: str) -> str:
    """The message for a quoted value that is not one of ``choices``, such as ``'a', 'b' or 'c'``."""
    *names, last = choices.replace("'", "").replace(" or ", ", ").split(", ")
    near = nearest(value.strip("'"), (*names, last))
    return f"{value} is not one of {', '.join(names)} or {last}{near}"


def _bound(value: float) -> str:
    """A limit as text: ``128M`` for bytes, else the number."""
    return size_text(int(value)) if value >= 1024**2 else f"{value:g}"


def _shown(value: Any, path: tuple[str, ...]) -> str:
    if _SECRET.intersection(path):
        return "the value"
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _near_name(path: tuple[str, ...]) -> str:
    from mineru_cli.settings.model import Settings

    group: Any = Settings
    for part in path[:-1]:
        field = getattr(group, "model_fields", {}).get(part)
        group = field.annotation if field else None
    return nearest(path[-1], getattr(group, "model_fields", ()))
