"""Domain values to and from single lines of JSON: worker messages, spool files, ``--progress json``.

The outermost value has its class in kebab case under ``"event"``; inner values are read by the declared types
of their fields. Non-ASCII text is escaped, so file names that are not UTF-8 (lone surrogates) survive.
Numbers that JSON cannot represent (NaN, infinity) are written as null and read back as NaN.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from mineru_cli.domain.block import Block
from mineru_cli.domain.document import DocumentRef, PageWindow, Unit
from mineru_cli.domain.events import Event
from mineru_cli.domain.failure import Failure
from mineru_cli.domain.flaws import PageFlaw
from mineru_cli.domain.page import PageResult
from mineru_cli.errors import kebab_case

Registry = Mapping[str, type]
_Reader = Callable[[Any], Any]


def tag(cls: type) -> str:
    """The name of a class in JSON: ``PageFinished`` is ``page-finished``."""
    return kebab_case(cls.__name__)


def registry(*extra: type) -> Registry:
    """The domain's classes and those in ``more``, by tag."""
    return {**DOMAIN, **{tag(cls): cls for cls in extra}}


_VALUES = (Block, DocumentRef, Failure, PageFlaw, PageResult, PageWindow, Unit, *typing.get_args(Event))
DOMAIN: Registry = types.MappingProxyType({tag(cls): cls for cls in _VALUES})


def encode(value: Any, /, **more: object) -> str:
    """One line for a dataclass instance, ``more`` keys after its fields. TypeError for any other type."""
    tagged = {"event": tag(type(value)), **more, **_fields(value)}
    try:
        return _ENCODER.encode(tagged)
    except ValueError:  # a NaN somewhere: rare, so only then the slow path is used
        return _ENCODER.encode(_finite(tagged))


def decode(line: str | bytes, known: Registry = DOMAIN) -> Any:
    """The value of one line. Unknown keys are ignored. Raises ValueError for an invalid line."""
    data = _parsed(line)
    name = data.get("event") if isinstance(data, dict) else None
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"a message of unknown type {name!r}")
    return _reader(known[name])(data)


def _parsed(line: str | bytes) -> Any:
    """The same as ``json.loads``, faster for short lines: without a look for white space around them."""
    text = line.decode("utf-8", "surrogatepass") if isinstance(line, bytes) else line
    try:
        data, end = _DECODER.raw_decode(text)
    except ValueError:
        end = -1
    return data if end == len(text) else json.loads(text)


def _fields(value: Any) -> dict[str, Any]:
    kind: type = type(value)
    return {name: getattr(value, name) for name in _names(kind)}


_ENCODER = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":"), default=_fields)
_DECODER = json.JSONDecoder()


@lru_cache(maxsize=256)
def _names(cls: type) -> tuple[str, ...]:
    if not dataclasses.is_dataclass(cls):
        raise TypeError(f"a {cls.__name__} cannot be written as a message")
    return tuple(field.name for field in dataclasses.fields(cls))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value if isinstance(value, (str, int, type(None))) else _finite(_fields(value))


@lru_cache(maxsize=1024)
def _reader(hint: Any) -> _Reader:
    """A function that reads a value of the declared type from parsed JSON."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _dataclass_reader(typing.cast("type", hint))
    if origin in (typing.Union, types.UnionType) and len(args) == 2 and type(None) in args:
        inner = _reader(args[0] if args[1] is type(None) else args[1])
        return lambda raw: None if raw is None else inner(raw)
    if origin is tuple:
        return _tuple_reader(args)
    if origin is dict and args[0] is str:
        return _dict_reader(_reader(args[1]))
    if origin is typing.Literal:
        return _checked(hint, lambda raw: raw in args)
    if hint is float:
        check = _checked(hint, lambda raw: isinstance(raw, (float, int)) and not isinstance(raw, bool))
        return lambda raw: math.nan if raw is None else check(raw)
    if hint in (str, bool, int):
        return _checked(hint, lambda raw: type(raw) is hint)
    raise TypeError(f"fields of type {hint} cannot be read from a message")


def _checked(hint: Any, good: Callable[[Any], bool]) -> _Reader:
    def read(raw: Any) -> Any:
        if not good(raw):
            raise ValueError(f"{str(raw)[:80]!r} is not a {getattr(hint, '__name__', hint)}")
        return raw

    return read


def _tuple_reader(args: tuple[Any, ...]) -> _Reader:
    readers = tuple(_reader(arg) for arg in args if arg is not ...)
    endless = ... in args

    def read(raw: Any) -> tuple[Any, ...]:
        if not isinstance(raw, list) or (not endless and len(raw) != len(readers)):
            raise ValueError(f"{str(raw)[:80]!r} is not a tuple of {args}")
        if endless:
            return tuple(map(readers[0], raw))
        return tuple(read_one(item) for read_one, item in zip(readers, raw, strict=True))

    return read


def _dict_reader(value: _Reader) -> _Reader:
    def read(raw: Any) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise ValueError(f"{str(raw)[:80]!r} is not an object")
        return {key: value(item) for key, item in raw.items()}

    return read


def _plain(hint: Any) -> Any:
    """The type whose values are used unchanged: most fields, without a call per field."""
    return hint if hint in (str, int, float, bool) else _NoPlainType


class _NoPlainType:
    """A type without values."""


def _dataclass_reader(cls: type) -> _Reader:
    hints = typing.get_type_hints(cls)
    readers = tuple((name, _plain(hints[name]), _reader(hints[name])) for name in _names(cls))

    def read(raw: Any) -> Any:
        if not isinstance(raw, dict):
            raise ValueError(f"{str(raw)[:80]!r} is not a {cls.__name__}")
        values = {}
        for name, plain, reader in readers:
            if name in raw:
                value = raw[name]
                values[name] = value if type(value) is plain else reader(value)
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"an incomplete {cls.__name__}: {error}") from None

    return read
