"""Settings with their values and origins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TextIO

from mineru_cli.settings import Settings
from mineru_cli.settings.declaration import Setting, settings_of, size_text
from mineru_cli.settings.file.keys import NOT_IN_FILE
from mineru_cli.settings.resolve import Resolved
from mineru_cli.ui.non_default_settings import without_credentials
from mineru_cli.ui.plain_text import Pipe, visible

MASK = "**********"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting. ``source`` is flag, environment, file or default; ``where`` is its exact origin."""

    key: str
    option: str
    value: str
    source: str
    where: str

    def plain(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)


def setting_rows(found: Resolved, *, every: bool) -> list[SettingRow]:
    """Settings that were given, or all, in the order of their declaration."""
    rows = []
    for setting in settings_of(Settings):
        origin = found.origin(setting)
        if setting.path not in NOT_IN_FILE and (every or origin.kind != "default"):
            flag = setting.flag if setting.option else ""
            value = _value(setting, _at(found.settings, setting.path))
            rows.append(SettingRow(setting.key, flag, value, origin.kind, visible(origin.name, 500)))
    return rows


def show_settings(rows: Sequence[SettingRow], stream: TextIO) -> None:
    """One line per setting: key, value, source."""
    pipe = Pipe(stream, needed=True)
    if not rows:
        pipe.line("Every setting has its default (--all shows them).")
        return
    keys, values = max(len(row.key) for row in rows), min(40, max(len(row.value) for row in rows))
    for row in rows:
        place = f"{row.source} {row.where}".rstrip()
        pipe.line(f"{row.key:<{keys}}  {row.value:<{values}}  {place}")


def _at(settings: Settings, path: tuple[str, ...]) -> Any:
    value: Any = settings
    for part in path:
        value = getattr(value, part)
    return value


def _value(setting: Setting, value: Any) -> str:
    if value in (None, (), {}):
        return setting.shown_default or "-"
    if setting.is_secret:
        return MASK
    if isinstance(value, Mapping):
        return ", ".join(f"{visible(str(name))}: {MASK}" for name in value)
    if isinstance(value, tuple):
        return ", ".join(without_credentials(visible(str(one), 500)) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if setting.option is not None and setting.option.metavar == "SIZE":
        return size_text(value)
    return f"{value:g}" if isinstance(value, float) else without_credentials(visible(str(value), 500))
