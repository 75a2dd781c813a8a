"""Precedence of flags, environment, file and defaults, and the origin of each value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mineru_cli.errors import SettingProblem, SettingsError
from mineru_cli.settings.declaration import PREFIX, Setting, settings_of
from mineru_cli.settings.model import Settings
from mineru_cli.settings.problems import nearest, not_valid

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a value. ``name`` is the name that was used: ``--workers``, ``MINERU_BATCH_WORKERS``.

    A keyword argument in Python is a flag named ``workers``.
    """

    kind: Literal["flag", "environment", "file", "default"]
    name: str = ""


DEFAULT = Origin("default")


@dataclass(frozen=True, slots=True)
class Given:
    """Values from one source, by the path of their field, each with its origin."""

    values: Mapping[Path, Any] = field(default_factory=dict)
    origins: Mapping[Path, Origin] = field(default_factory=dict)

    def only(self, settings: Iterable[Setting]) -> Given:
        """Only the values of ``settings``."""
        paths = {one.path for one in settings}
        return Given({path: value for path, value in self.values.items() if path in paths}, self.origins)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Resolved settings. ``origins`` has every setting that was given; the others have their defaults."""

    settings: Settings
    origins: Mapping[Path, Origin]

    def origin(self, setting: Setting) -> Origin:
        """The origin of the value of ``setting``."""
        return self.origins.get(setting.path, DEFAULT)


def from_flags(values: Mapping[Path, Any], settings: Iterable[Setting]) -> Given:
    """Values of command-line options, without those that are None. Raises ``SettingsError`` for empty ones.

    An empty value is what a shell makes of a variable that is not set: ``--server-url "$URL"`` must not start
    the embedded engine.
    """
    given = {one.path: one for one in settings if values.get(one.path) is not None}
    empty = [one for path, one in given.items() if values[path] == "" or values[path] == [""]]
    if empty:
        raise not_valid(
            [
                SettingProblem((one.flag,), "the value is empty: leave the option out for its default")
                for one in empty
            ]
        )
    return Given(
        {path: values[path] for path in given},
        {path: Origin("flag", one.flag) for path, one in given.items()},
    )


def from_environment(environ: Mapping[str, str], settings: Iterable[Setting]) -> Given:
    """``MINERU_BATCH_*`` variables of ``settings``. An empty one counts as not given."""
    given = {one.path: one for one in settings if one.option is not None and environ.get(one.variable)}
    return Given(
        {path: _from_variable(environ[one.variable], one) for path, one in given.items()},
        {path: Origin("environment", one.variable) for path, one in given.items()},
    )


def unknown_variables(environ: Mapping[str, str], others: Iterable[str] = ()) -> list[str]:
    """A message per ``MINERU_BATCH_*`` variable that is neither a setting's nor in ``others``."""
    known = {one.variable for one in settings_of(Settings) if one.option is not None} | set(others)
    strangers = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return [f"{name} is not a variable of any setting{nearest(name, known)}" for name in strangers]


def resolve(*places: Given, inputs: object = ()) -> Resolved:
    """Settings from ``places``, highest precedence first. Raises ``SettingsError`` with the names in use."""
    values: dict[Path, Any] = {}
    origins: dict[Path, Origin] = {}
    for place in reversed(places):
        values.update(place.values)
        origins.update(place.origins)
    if inputs:
        values["inputs",] = inputs
    try:
        settings = Settings.model_validate(_nested(values))
    except SettingsError as error:
        if not error.problems:
            raise
        raise not_valid(error.problems, lambda path: _name(path, origins)) from None
    _check_rollout(settings, origins)
    return Resolved(settings, {path: origin for path, origin in origins.items() if origin != DEFAULT})


def _check_rollout(settings: Settings, origins: Mapping[Path, Origin]) -> None:
    percent = origins.get(("rollout", "percent"), DEFAULT)
    if percent.kind == "flag" and not settings.rollout.candidate.given:
        raise SettingsError(
            f"{percent.name or 'rollout.percent'} is given, and there is no candidate",
            hint="give its server with --candidate-url, or mineru.rollout.candidate in a file with --config",
        )


def _from_variable(text: str, setting: Setting) -> Any:
    assert setting.option is not None  # noqa: S101 - only options have variables
    if not setting.is_list:
        return text
    return [part.strip() for part in text.split(setting.option.separator) if part.strip()]


def _nested(values: Mapping[Path, Any]) -> dict[str, Any]:
    """``{("limits", "max_pages"): 3}`` is ``{"limits": {"max_pages": 3}}``."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        group = tree
        for part in path[:-1]:
            group = group.setdefault(part, {})
        group[path[-1]] = value
    return tree


def _name(path: Path, origins: Mapping[Path, Origin]) -> str:
    """The name that was used; for a value inside a mapping, that of the mapping."""
    for end in range(len(path), 0, -1):
        if (origin := origins.get(path[:end])) is not None and origin.name:
            return origin.name
    return ".".join(path)
