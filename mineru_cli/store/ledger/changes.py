"""Names what differs between the settings of two runs."""

from __future__ import annotations

from typing import Any

_SHOWN = 60


def changed_settings(before: dict[str, Any], now: dict[str, Any]) -> str:
    """``model 'a' -> 'b', rendering.dpi 200 -> 150``: every setting that differs, groups by dotted name."""
    old, new = _flat(before), _flat(now)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    changes = [f"{name} {_value(old.get(name))} -> {_value(new.get(name))}" for name in names]
    return ", ".join(changes) or "their fingerprints differ"


def _flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{name}."))
        else:
            flat[prefix + name] = value
    return flat


def _value(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
