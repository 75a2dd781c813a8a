"""Options of a command line that have no effect in the run, because another one is missing or wins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from mineru_cli.domain.location import is_object_url
from mineru_cli.settings.fields import FileKind
from mineru_cli.settings.groups import Storage
from mineru_cli.settings.model import Settings
from mineru_cli.settings.resolve import Path, Resolved


class Rule(NamedTuple):
    """Options that are used only where ``used`` holds; ``reason`` completes "... has no effect:"."""

    options: tuple[Path, ...]
    used: Callable[[Settings], bool]
    reason: str


def _in_object_storage(settings: Settings) -> bool:
    """Whether anything is; with a list of files it may be."""
    return bool(settings.output_url or settings.files_from or any(map(is_object_url, settings.inputs)))


def _starts_container(settings: Settings) -> bool:
    return settings.server == "docker" and not settings.server_url


_RULES = (
    Rule((("server",),), lambda settings: not settings.server_url, "--server-url names a server"),
    Rule((("keep",),), _starts_container, "it is for --server docker without --server-url"),
    Rule(
        (("headers",), ("header_file",), ("ca_file",), ("insecure",)),
        lambda settings: bool(settings.server_url),
        "it is for --server-url",
    ),
    Rule(
        (("api_key",), ("api_key_file",)),
        lambda settings: bool(settings.server_url or _starts_container(settings)),
        "it is for --server-url or --server docker",
    ),
    Rule((("ca_file",),), lambda settings: not settings.insecure, "--insecure verifies no certificate"),
    Rule(
        (("recipe",),), lambda settings: settings.recipe_file is None, "the recipe is that of --recipe-file"
    ),
    Rule((("ray_address",),), lambda settings: settings.engine == "ray", "it is for --engine ray"),
    Rule(
        (("work_dir",),),
        lambda settings: settings.output_url is not None,
        "it is for an output in object storage",
    ),
    Rule(
        tuple(("storage", name) for name in Storage.model_fields),
        _in_object_storage,
        "neither inputs nor output are in object storage",
    ),
    Rule(
        (("retry_failed",),), lambda settings: not settings.overwrite, "--overwrite converts everything again"
    ),
    Rule((("markdown",),), lambda settings: settings.format == "mineru3", "it is for --format mineru3"),
)
_ANY_FORMAT: frozenset[FileKind] = frozenset({"images", "layout", "origin"})
_SELECTABLE: dict[str, frozenset[FileKind]] = {
    "mineru4": _ANY_FORMAT | {"md", "middle"},
    "jsonl": _ANY_FORMAT,
}
"""Files that ``--files`` selects, by format; MinerU 3's has them all."""


def ineffective(found: Resolved) -> Iterator[str]:
    """A sentence per option of the command line that has no effect.

    Variables and files serve many commands, so they may hold what does not apply to this one.
    """
    flags = {path: origin.name for path, origin in found.origins.items() if origin.kind == "flag"}
    reported: set[Path] = set()
    for rule in _RULES:
        for path in rule.options:
            if path in flags and path not in reported and not rule.used(found.settings):
                reported.add(path)
                yield f"{flags[path]} has no effect: {rule.reason}"
    if ("files",) in flags:
        settings = found.settings
        chosen = frozenset(settings.files)
        if missing := sorted(chosen - _SELECTABLE.get(settings.format, chosen)):
            yield f"--files {','.join(missing)} has no effect: --format {settings.format} writes other files"
