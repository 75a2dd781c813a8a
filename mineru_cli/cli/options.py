"""Options of commands, generated from the declarations in ``mineru_cli.settings``."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import typer

from mineru_cli.domain.location import is_object_url, local_folder
from mineru_cli.errors import InputNotFound, SettingsError, UsageError
from mineru_cli.settings import Settings
from mineru_cli.settings.declaration import Panel, Setting, options_of, settings_of
from mineru_cli.settings.file.discovered import NAME, check_discovered, find_file, is_discovered
from mineru_cli.settings.ineffective import ineffective
from mineru_cli.settings.resolve import (
    Given,
    Resolved,
    from_environment,
    from_flags,
    resolve,
    unknown_variables,
)

if TYPE_CHECKING:
    from mineru_cli.settings.file.reading import ConfigFile

ENVIRONMENT = (
    "Each option is also an environment variable (--server-wait 60 is MINERU_BATCH_SERVER_WAIT=60) and a "
    "key of mineru-batch.yaml. Options count before variables, variables before the file."
)
"""Epilog of the help page of commands that take settings."""


def _run_folder(name: str) -> Path:
    """The folder with the state of an output's runs; for a URL its default work folder on this machine."""
    folder = local_folder(name)
    if is_object_url(name) and not folder.is_dir():
        raise InputNotFound(
            f"{name}: no run of this machine has written there, unless with a --work-dir",
            hint="give the folder of --work-dir; runs of other machines are shown by them, or by: runs merge",
        )
    return folder


def _files_folder(name: str) -> Path:
    """A local output folder, for commands that read its files."""
    if is_object_url(name):
        raise UsageError(
            f"{name} is in object storage, and this command reads the files themselves",
            hint="copy the output to a folder first, for example with: aws s3 sync",
        )
    return Path(name)


RunFolder = Annotated[
    Path, typer.Argument(metavar="OUT", help="Output folder of a run, or its URL.", parser=_run_folder)
]
FilesFolder = Annotated[
    Path, typer.Argument(metavar="OUT", help="Output folder of a run.", parser=_files_folder)
]


_CONFIG = inspect.Parameter(
    "config",
    inspect.Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help=f"Settings from this file.  [default: {NAME} in the working directory, if there]",
        ),
    ],
)
OWN_VARIABLES = ("MINERU_BATCH_CONFIG",)
"""Variables that are not settings."""


class Wording(TypedDict, total=False):
    """Overrides of an option's help for one command."""

    help: str
    default: str


@dataclass(frozen=True, slots=True)
class GivenOptions:
    """Settings given on a command line, and the configuration file that it names."""

    taken: tuple[Setting, ...]
    values: Mapping[tuple[str, ...], Any]
    config: Path | None = None

    def resolve(self, *more: Given, inputs: Iterable[str] = (), need_secrets: bool = True) -> Resolved:
        """Merge with environment, file, and ``more`` as the lowest layer. Raises ``SettingsError``.

        Reports on stderr which file is used without being named, and of variables that mean nothing.
        """
        for line in unknown_variables(os.environ, OWN_VARIABLES):
            typer.echo(f"warning: {line}", err=True)
        path = self.config or find_file(Path(), os.environ)
        config = None if path is None else self._read(path, need_secrets)
        file = Given() if config is None else config.given.only(self.taken)
        flags, variables = from_flags(self.values, self.taken), from_environment(os.environ, self.taken)
        found = resolve(flags, variables, file, *more, inputs=tuple(inputs))
        if self.config is None and need_secrets and is_discovered(os.environ):
            check_discovered(found, Path())
        if config is not None and not found.settings.server_url and ("server",) not in found.origins:
            config.require_server()
        return found

    def settings(self, *, inputs: Iterable[str] = (), **defaults: Any) -> Settings:
        """Resolve to ``Settings``; ``defaults`` are the command's own. Raises ``SettingsError``."""
        return self._resolve_with(defaults, inputs).settings

    def run_settings(self, *, inputs: Iterable[str] = (), **defaults: Any) -> Settings:
        """``settings`` for a run: each option of the command line without effect in it is a warning."""
        found = self._resolve_with(defaults, inputs)
        for line in ineffective(found):
            typer.echo(f"warning: {line}", err=True)
        return found.settings

    def _resolve_with(self, defaults: Mapping[str, Any], inputs: Iterable[str]) -> Resolved:
        return self.resolve(Given({(name,): value for name, value in defaults.items()}), inputs=inputs)

    def _read(self, path: Path, need_secrets: bool) -> ConfigFile:
        from mineru_cli.settings.file.reading import read_file

        if self.config is None:
            typer.echo(f"settings of {path} are used (--config names another file)", err=True)
        config = read_file(path, os.environ)
        if config.missing and need_secrets:
            raise SettingsError("\n".join(config.missing))
        for line in config.missing:
            typer.echo(f"warning: {line}", err=True)
        return config


def taking(*names: str, **changes: Wording) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of the settings ``names``; by default of all.

    They replace its parameter ``given``, a ``GivenOptions``. ``changes`` override the help of an option for
    this command: ``taking("server_url", server_url={"help": "Servers to ask."})``.
    """
    found = {one.name: one for one in options_of(Settings)}
    chosen = sorted((found[name] for name in names or found), key=_panel)
    taken = tuple(_reworded(one, changes.get(one.name, {})) for one in chosen)

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**arguments: Any) -> None:
            values = {one.path: arguments.pop(one.name) for one in taken}
            config = arguments.pop("config")
            hidden = tuple(one for one in settings_of(Settings) if one.option is None)
            command(given=GivenOptions((*taken, *hidden), values, config), **arguments)

        run.__signature__ = _signature(command, taken)  # type: ignore[attr-defined]
        return run

    return decorate


def _signature(command: Callable[..., None], taken: Iterable[Setting]) -> inspect.Signature:
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        if parameter.name == "given":
            parameters += [*(_parameter(one) for one in taken), _CONFIG]
        else:
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
    return inspect.Signature(parameters)


def _parameter(setting: Setting) -> inspect.Parameter:
    """Values are text here: ``Settings`` validates them, with the same messages for all sources."""
    option = setting.option
    assert option is not None  # noqa: S101 - of options only
    kind: Any = bool if setting.is_switch else list[str] if setting.is_list else str
    names = [f"{setting.flag}/--no-{setting.flag[2:]}" if setting.is_pair else setting.flag]
    declared = typer.Option(
        *([option.short] if option.short else []),
        *names,
        help=f"{option.help}{f'  [default: {default}]' if (default := setting.shown_default) else ''}",
        rich_help_panel=option.panel.value,
        metavar=setting.metavar or None,
        show_default=False,
        autocompletion=(lambda: list(setting.choices)) if setting.choices else None,
    )
    return inspect.Parameter(
        setting.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, declared],
    )


def _panel(setting: Setting) -> int:
    assert setting.option is not None  # noqa: S101 - of options only
    return list(Panel).index(setting.option.panel)


def _reworded(setting: Setting, changes: Wording) -> Setting:
    assert setting.option is not None  # noqa: S101 - of options only
    return replace(setting, option=replace(setting.option, **changes)) if changes else setting


def require_file(option: str, path: Path) -> None:
    """Raise ``SettingsError`` if the path of an output file is a folder."""
    if path.is_dir():
        raise SettingsError(
            f"{option}: {path} is a folder", hint="give the name of a file: it is created or replaced"
        )
