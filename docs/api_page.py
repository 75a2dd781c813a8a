"""The reference of the public Python interface, from the code: docs/api.md, written by reference.py."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import mineru_cli
from mineru_cli.errors import MinerUBatchError

INTRO = """# Python API

Written by `make docs` from the code; CI fails when it is out of date. How the calls work together, with examples that are
run: [From Python](python.md). These names of `mineru_cli` are public and stay; every other module may change in any version.

"""
ERRORS = """## errors

The tree of `mineru_cli.errors`. `message` says what is wrong, `hint` what to do next, `code` is the stable name in
`failures.jsonl`, `run.json` and metrics. "Retried" is what happens by itself; "ends the run" gives the exit code.

| class | code | retried | ends the run | |
| --- | --- | --- | --- | --- |
"""
EVENTS = """## events

The classes of `mineru_cli.events` are values that observers are called with: [events](events.md) lists each with its fields.
"""


def api_page() -> str:
    """The whole page."""
    names = [name for name in mineru_cli.__all__ if name not in {"__version__", "errors", "events"}]
    functions = [name for name in names if inspect.isfunction(getattr(mineru_cli, name))]
    parts = [_function(name) for name in functions]
    parts += [_class(name) for name in names if name not in functions]
    return INTRO + "\n".join([*parts, EVENTS, ERRORS + "\n".join(_errors(MinerUBatchError, 0))]) + "\n"


def _function(name: str) -> str:
    function = getattr(mineru_cli, name)
    word = "async " if inspect.iscoroutinefunction(function) else ""
    signature = inspect.signature(function)
    lines = [f"    {_unquoted(str(one))}," for one in signature.parameters.values()]
    if any(one.kind is one.KEYWORD_ONLY for one in signature.parameters.values()):
        lines.insert(
            sum(one.kind is one.POSITIONAL_OR_KEYWORD for one in signature.parameters.values()), "    *,"
        )
    shown = "\n".join([f"{word}def {name}(", *lines, f") -> {signature.return_annotation}"])
    return f"## {name}\n\n```text\n{shown}\n```\n\n{_prose(function)}\n"


def _class(name: str) -> str:
    cls = getattr(mineru_cli, name)
    if name == "Settings":
        return (
            f"## {name}\n\n{_prose(cls)} The fields are the options of `convert`, listed with bounds and defaults in "
            "[settings](settings.md); groups of settings that are not options hang below them.\n"
        )
    rows = [*_fields(cls), *_members(cls)]
    table = "\n".join(["| | | |", "| --- | --- | --- |", *rows])
    return f"## {name}\n\n{_prose(cls)}\n\n{table}\n"


def _fields(cls: Any) -> Iterator[str]:
    if hasattr(cls, "__dataclass_fields__"):
        for field in cls.__dataclass_fields__.values():
            yield f"| `{field.name}` | `{_code(str(field.type))}` | |"


def _members(cls: Any) -> Iterator[str]:
    for name, member in vars(cls).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            kind = inspect.signature(member.fget).return_annotation if member.fget else ""
            yield f"| `{name}` | `{_code(str(kind))}` | {_cell(member)} |"
        elif inspect.isfunction(member):
            signature = inspect.signature(member)
            bound = signature.replace(parameters=list(signature.parameters.values())[1:])
            yield f"| `{_code(_unquoted(f'{name}{bound}'))}` | | {_cell(member)} |"


def _errors(cls: type[MinerUBatchError], depth: int) -> Iterator[str]:
    first = _cell(cls).split(". ")[0]
    ends = f"yes, {cls.exit_code}" if cls.fatal else ""
    name = "&emsp;" * depth + f"`{cls.__name__}`"
    yield f"| {name} | `{cls.code}` | {'yes' if cls.retryable else ''} | {ends} | {first.rstrip('.')} |"
    for inner in cls.__subclasses__():
        if _public(inner):
            yield from _errors(inner, depth + 1)


def _public(cls: type) -> bool:
    home: ModuleType = sys.modules["mineru_cli.errors"]
    return getattr(home, cls.__name__, None) is cls


def _unquoted(signature: str) -> str:
    """Annotations are strings here, and inspect shows them in quotes."""
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", signature)


def _prose(thing: Any) -> str:
    """The docstring as Markdown; examples are left to the tests and to python.md."""
    text = inspect.cleandoc(thing.__doc__ or "").partition("\n>>> ")[0].rstrip()
    return re.sub(r"``([^`]+)``", r"`\1`", text)


def _cell(thing: Any) -> str:
    return _code(" ".join(_prose(thing).split()))


def _code(text: str) -> str:
    return text.replace("|", "\\|")
