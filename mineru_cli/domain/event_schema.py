"""The JSON Schema of the event stream (``--progress json``), generated from the event classes."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal

from mineru_cli.domain.codec import tag
from mineru_cli.domain.events import SCHEMA, Event, RunEvent

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}


def event_classes() -> tuple[type[RunEvent], ...]:
    """Every event class, in order of declaration."""
    return typing.get_args(Event)


def events_schema() -> dict[str, Any]:
    """The schema of one line of the stream: an object of one of the events. Later versions may add fields."""
    defs: dict[str, Any] = {}
    for cls in event_classes():
        defs[tag(cls)] = _event(cls, defs)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "title": "One line of mineru-batch convert --progress json",
        "oneOf": [{"$ref": f"#/$defs/{tag(cls)}"} for cls in event_classes()],
        "$defs": dict(sorted(defs.items())),
    }


def fields_of(cls: type) -> list[tuple[str, str]]:
    """The fields of an event and their types in words, without the common fields of all events."""
    hints = typing.get_type_hints(cls)
    names = (field.name for field in dataclasses.fields(cls) if field.name != "run")
    return [(name, _words(hints[name])) for name in names]


def _event(cls: type, defs: dict[str, Any]) -> dict[str, Any]:
    value = _object(cls, defs)
    head = {
        "event": {"const": tag(cls)},
        "at": {"type": "number", "description": "Unix seconds"},
        "run": {"type": "string", "description": "the id of the run"},
    }
    value["properties"] = {**head, **{k: v for k, v in value["properties"].items() if k not in head}}
    value["required"] = ["event", "at", "run", *(name for name in value["required"] if name != "run")]
    return value


def _object(cls: type, defs: dict[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    fields = dataclasses.fields(cls)
    needed = (dataclasses.MISSING, dataclasses.MISSING)
    return {
        "description": inspect.cleandoc(cls.__doc__ or ""),
        "type": "object",
        "properties": {field.name: _type(hints[field.name], defs) for field in fields},
        "required": [field.name for field in fields if (field.default, field.default_factory) == needed],
    }


def _type(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        cls = typing.cast("type", hint)
        if tag(cls) not in defs:
            defs[tag(cls)] = _object(cls, defs)
        return {"$ref": f"#/$defs/{tag(cls)}"}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [{"type": "null"} if one is type(None) else _type(one, defs) for one in args]}
    if origin is Literal:
        return {"enum": list(args)}
    if origin is tuple:
        return {"type": "array", "items": _type(args[0], defs)}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": _type(args[1], defs)}
    if hint is float:
        return {"type": ["number", "null"]}  # NaN is written as null
    return {"type": _PLAIN[hint]}


def _words(hint: Any) -> str:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        names = (field.name for field in dataclasses.fields(typing.cast("type", hint)))
        return f"object: {', '.join(names)}"
    if origin in (typing.Union, types.UnionType):
        return " or ".join("null" if one is type(None) else _words(one) for one in args)
    if origin is Literal:
        return ", ".join(f'"{one}"' for one in args)
    if origin is tuple:
        return f"list of {_words(args[0])}s"
    if origin in (dict, Mapping):
        return f"object of {_words(args[1])}s"
    return _PLAIN[hint]
