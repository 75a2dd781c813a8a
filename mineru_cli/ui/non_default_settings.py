"""Settings that differ from the defaults, under readable names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mineru_cli.ui.format import size
from mineru_cli.ui.plain_text import visible

_SIZES = frozenset({"limits.worker_memory", "limits.max_bytes"})
_GROUPS = ("limits.", "rendering.", "resilience.")
_SHOWN_ELSEWHERE = frozenset({"output", "logins"})
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
"""Name and password in a URL."""


def chosen_settings(settings: object) -> list[tuple[str, str]]:
    """Name and value of each non-default setting in ``run.json``. Malformed input is skipped."""
    if not isinstance(settings, Mapping):
        return []
    from mineru_cli.settings import Settings

    defaults = dict(_flat(Settings().model_dump(mode="json")))
    return [
        (readable_name(name), readable_value(name, value))
        for name, value in _flat(settings)
        if name.split(".")[0] not in _SHOWN_ELSEWHERE
        and value not in (None, [], {})
        and defaults.get(name) != value
    ]


def readable_name(name: str) -> str:
    """``resilience.retry.base`` is ``retry base``, ``server_url`` is ``server url``."""
    for group in _GROUPS:
        name = name.removeprefix(group)
    return visible(name.replace("_", " ").replace(".", " "))


def readable_value(name: str, value: Any) -> str:
    """Lists with commas, bytes with units, yes and no; credentials in URLs masked."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(readable_value("", one) for one in value)
    if name in _SIZES and isinstance(value, int):
        return size(value)
    return without_credentials(visible(str(value), 2000))


def without_credentials(text: str) -> str:
    """``https://name:secret@host`` is ``https://***@host``."""
    return _CREDENTIALS.sub("***@", text)


def _flat(settings: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{name}.")
        else:
            yield name, value
