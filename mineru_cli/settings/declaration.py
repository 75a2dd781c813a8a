"""Declaration of options: each is declared once, at its field of ``Settings``.

::

    server_wait: Annotated[PositiveFloat, Option("How long to wait for a dead server.", Panel.SERVER)] = 600.0

This declares ``--server-wait SECONDS`` with its help and default, the variable
``MINERU_BATCH_SERVER_WAIT`` and the file's key ``mineru.vllm_server.server_wait``.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

PREFIX = "MINERU_BATCH_"
ROOT = "mineru"
"""The top-level key of the file."""


class Panel(str, Enum):
    """Groups of options, in the order in which ``--help`` shows them."""

    SERVER = "Server"
    INPUT = "Input"
    READING = "Reading"
    SPEED = "Speed"
    LIMITS = "Limits"
    OUTPUT = "Output"
    STORAGE = "Storage"
    REPORTING = "Reporting"
    ROLLOUT = "Rollout"

    @property
    def section(self) -> str:
        """The group's key in the file."""
        return _SECTIONS.get(self, self.value.lower())


_SECTIONS = {Panel.SERVER: "vllm_server", Panel.SPEED: "workers"}


@dataclass(frozen=True, slots=True)
class Option:
    """The presentation of a field to users.

    ``name`` is the option's name if it differs from the field's, ``key`` the last part of the key in the file
    if it differs from the option's. An empty ``metavar`` is derived from the type. ``default`` describes a
    default that is determined at run time. ``separator`` separates the values of a list in an environment
    variable; None is any white space.
    """

    help: str
    panel: Panel
    metavar: str = ""
    name: str = ""
    short: str = ""
    key: str = ""
    default: str = ""
    separator: str | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """The presentation of an option of one command only, without a variable or a key of the file.

    ``panel`` is its heading in ``--help``, ``low`` and ``high`` are the bounds of its value. ``name`` is the
    option's name if it differs from the field's (``"max-repeats"``, ``"keep/--drop"``), ``default`` describes
    a default that is determined at run time.
    """

    help: str
    panel: str = ""
    low: float | None = None
    high: float | None = None
    name: str = ""
    metavar: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of ``Settings``, with all its names.

    ``path`` is the path of the field (``("limits", "max_pages")``), ``type`` its type without None, and
    ``option`` is None for fields that are available only in the file and from Python.
    """

    path: tuple[str, ...]
    type: Any
    default: Any
    option: Option | None

    @property
    def name(self) -> str:
        """``server_wait``: the option's name in Python."""
        return (self.option.name if self.option else "").replace("-", "_") or self.path[-1]

    @property
    def flag(self) -> str:
        """``--server-wait``."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """``MINERU_BATCH_SERVER_WAIT``."""
        return PREFIX + self.name.upper()

    @property
    def key(self) -> str:
        """``mineru.vllm_server.server_wait``. For fields of a group the path itself is the key."""
        if len(self.path) > 1 or self.option is None:
            return ".".join((ROOT, *self.path))
        return ".".join((ROOT, self.option.panel.section, self.option.key or self.name))

    @property
    def choices(self) -> tuple[str, ...]:
        """The valid values, if there is a fixed set of them."""
        return tuple(get_args(self.type)) if get_origin(self.type) is Literal else ()

    @property
    def is_list(self) -> bool:
        """Whether it may be repeated."""
        return get_origin(self.type) in (tuple, list, dict)

    @property
    def is_switch(self) -> bool:
        """Whether it takes no value on the command line."""
        return self.type is bool

    @property
    def is_pair(self) -> bool:
        """Whether it has a ``--no-`` form: a switch whose default is not off."""
        return self.is_switch and self.default is not False

    @property
    def is_secret(self) -> bool:
        """Whether its value must not be shown or be in a file. Headers may be, by name."""
        return not self.is_mapping and (self.type is SecretStr or SecretStr in get_args(self.type))

    @property
    def is_mapping(self) -> bool:
        """Whether its value is a mapping."""
        return get_origin(self.type) is dict

    @property
    def metavar(self) -> str:
        """The placeholder for its value in ``--help``: ``N``, ``SECONDS``, ``auto|mineru``."""
        if self.option is not None and self.option.metavar:
            return self.option.metavar
        if self.choices:
            return "|".join(self.choices)
        return {bool: "", int: "N", float: "N", Path: "FILE"}.get(self.type, "TEXT")

    @property
    def shown_default(self) -> str:
        """The default as shown in ``--help``; empty for options without a default."""
        if self.option is not None and self.option.default:
            return self.option.default
        if self.is_switch:
            return ("yes" if self.default else "no") if self.is_pair and self.default is not None else ""
        if self.default in (None, (), {}):
            return ""
        if self.option is not None and self.option.metavar == "SIZE":
            return size_text(self.default)
        return f"{self.default:g}" if isinstance(self.default, float) else str(self.default)


@cache
def settings_of(model: type[BaseModel]) -> tuple[Setting, ...]:
    """All fields of ``model`` and of its groups, in order of declaration."""
    return tuple(_fields(model, ()))


def options_of(model: type[BaseModel]) -> tuple[Setting, ...]:
    """Those of ``settings_of`` that are options."""
    return tuple(one for one in settings_of(model) if one.option is not None)


def _fields(model: type[BaseModel], above: tuple[str, ...]) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        inner = _without_none(field.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _fields(inner, (*above, name))
            continue
        option = next((one for one in field.metadata if isinstance(one, Option)), None)
        default = field.get_default(call_default_factory=True)
        yield Setting((*above, name), inner, None if default is PydanticUndefined else default, option)


def _without_none(annotation: Any) -> Any:
    """``Annotated[int, ...] | None`` is ``int``."""
    if get_origin(annotation) is Annotated:
        return _without_none(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return _without_none(next(one for one in get_args(annotation) if one is not type(None)))
    return annotation


def size_text(size: int) -> str:
    """A size in bytes with the largest unit that gives a whole number, such as ``2G``."""
    for unit, factor in (("T", 1024**4), ("G", 1024**3), ("M", 1024**2), ("K", 1024)):
        if size and size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)
