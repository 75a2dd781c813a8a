"""Options of a command that come from the fields of plain dataclasses.

::

    @dataclass(frozen=True)
    class GateSettings:
        threshold: Annotated[float, Flag("Least run match.", "Gate", low=0, high=1)] = 0.95

    @expanded
    def compare_baseline(..., *, gate: GateSettings) -> None:

gives the command ``--threshold N`` with its help, bounds and default, and hands it a ``GateSettings``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Annotated, Any, get_args, get_type_hints

import typer

from mineru_cli.settings.declaration import Flag


def expanded(command: Callable[..., None]) -> Callable[..., None]:
    """Replace each parameter whose type is a dataclass by the options that its fields declare."""
    signature = inspect.signature(command, eval_str=True)
    groups: dict[str, tuple[Any, list[tuple[str, inspect.Parameter]]]] = {
        name: (parameter.annotation, list(_options(parameter.annotation)))
        for name, parameter in signature.parameters.items()
        if is_dataclass(parameter.annotation) and any(_options(parameter.annotation))
    }
    parameters: list[inspect.Parameter] = []
    for name, parameter in signature.parameters.items():
        own = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        parameters += [option for _, option in groups[name][1]] if name in groups else [own]

    @functools.wraps(command)
    def run(**arguments: Any) -> None:
        for name, (group, options) in groups.items():
            arguments[name] = group(**{field: arguments.pop(option.name) for field, option in options})
        command(**arguments)

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return run


def _options(group: Any) -> Iterator[tuple[str, inspect.Parameter]]:
    """Each field that is an option, with its parameter."""
    hints = get_type_hints(group, include_extras=True)
    for field in fields(group):
        kind, *extras = get_args(hints[field.name]) or (None,)
        flag = next((one for one in extras if isinstance(one, Flag)), None)
        if flag is None:
            continue
        if field.default is MISSING:
            raise TypeError(f"{group.__name__}.{field.name} is an option and has no default")
        name = flag.name or field.name.replace("_", "-")
        declared = typer.Option(
            *(f"--{part}" if not part.startswith("-") else part for part in name.split()),
            help=f"{flag.help} [default: {flag.default}]" if flag.default else flag.help,
            rich_help_panel=flag.panel or None,
            metavar=flag.metavar or None,
            min=flag.low,
            max=flag.high,
            show_default=not flag.default,
        )
        yield (
            field.name,
            inspect.Parameter(
                f"{group.__name__.lower()}_{field.name}",
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=Annotated[kind, declared],
            ),
        )
