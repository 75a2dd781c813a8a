"""Writes the new file: nested keys, with the comments of the old ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mineru_cli.settings.file.migration.plan import CommentedValue, MigrationPlan


def file_text(plan: MigrationPlan, version: int) -> str:
    """The file that ``plan`` has led to."""
    lines = [*plan.header, *([""] if plan.header else []), f"version: {version}"]
    lines += _nested(plan.entries)
    if plan.left_out:
        lines += ["", "# Left out by the migration:", *plan.left_out]
    return "\n".join([*lines, *plan.trailer]) + "\n"


def _nested(entries: dict[str, CommentedValue]) -> Iterator[str]:
    tree: dict[str, Any] = {}
    for key, entry in entries.items():
        group = tree
        *above, last = key.split(".")
        for part in above:
            group = group.setdefault(part, {})
        group[last] = entry
    yield from _lines(tree, "")


def _lines(tree: dict[str, Any], indent: str) -> Iterator[str]:
    for name, value in tree.items():
        if isinstance(value, CommentedValue):
            yield from (f"{indent}{comment}" for comment in value.before)
            yield f"{indent}{name}: {_plain(value.value)}" + (f"  {value.after}" if value.after else "")
        else:
            yield f"{indent}{name}:"
            yield from _lines(value, f"{indent}  ")


def _plain(value: Any) -> str:
    """A value on one line."""
    import yaml

    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...").strip()
