"""Reads an old file: its keys with their values and comments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mineru_cli.errors import SettingsError
from mineru_cli.settings.file.migration.plan import CommentedValue
from mineru_cli.settings.file.monolith import is_old_key

_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class OldFile:
    """An old file. ``entries`` are the leaves by their full key, in the order of the file."""

    entries: tuple[tuple[str, CommentedValue], ...]
    header: tuple[str, ...]
    trailer: tuple[str, ...]


def read_old_file(text: str, name: str) -> OldFile:
    """Read an old file. Raises ``SettingsError`` for text that is not YAML or has no keys."""
    import yaml

    try:
        root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None or root.id != "mapping":
            raise SettingsError(f"{name} holds no keys", hint="give the old service's configuration")
        leaves = list(_leaves(root, "", 0))
        values = [(key, yaml.SafeLoader("").construct_document(node)) for key, _, node in leaves]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise SettingsError(f"{name}{place}: not valid YAML: {error.problem or error.context}") from None
    except RecursionError:
        raise SettingsError(f"{name}: not valid YAML: nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:
        raise SettingsError(f"{name}: not valid YAML: {str(error).splitlines()[0]}") from None
    return _with_comments(text.splitlines(), leaves, values)


def _leaves(node: Any, above: str, depth: int) -> Iterator[tuple[str, Any, Any]]:
    """Tuples of full key, key node and value node; a mapping that is itself an old key is one leaf."""
    for key, value in node.value:
        name = f"{above}.{key.value}" if above else str(key.value)
        if value.id == "mapping" and value.value and not is_old_key(name) and depth < _DEEPEST:
            yield from _leaves(value, name, depth + 1)
        else:
            yield name, key, value


def _with_comments(
    lines: list[str], leaves: list[tuple[str, Any, Any]], values: list[tuple[str, Any]]
) -> OldFile:
    comments = _comment_lines(lines, [node for _, _, node in leaves])
    header = _header(lines, comments)
    for number in range(len(header)):
        comments.pop(number, None)
    entries = []
    for (name, key, node), (_, value) in zip(leaves, values, strict=True):
        before = [number for number in sorted(comments) if number < key.start_mark.line]
        texts = tuple(comments.pop(number) for number in before)
        entries.append((name, CommentedValue(value, texts, _after(lines, node))))
    header_text = tuple(line for line in header if line)
    return OldFile(tuple(entries), header_text, tuple(comments[number] for number in sorted(comments)))


def _comment_lines(lines: list[str], nodes: list[Any]) -> dict[int, str]:
    """Comments on lines of their own, and those at the end of a line that only opens a group."""
    inside: set[int] = set()
    for node in nodes:
        if node.id == "scalar" and node.end_mark.line > node.start_mark.line:
            inside.update(range(node.start_mark.line + 1, node.end_mark.line + (node.end_mark.column > 0)))
    leaf_lines = {node.end_mark.line for node in nodes}
    found = {}
    for number, line in enumerate(lines):
        text = line.strip()
        if number in inside:
            continue
        if text.startswith("#"):
            found[number] = text
        elif number not in leaf_lines and ": #" in (bare := text.replace("\t", " ").replace(":  ", ": ")):
            found[number] = bare[bare.index(": #") + 2 :]
    return found


def _header(lines: list[str], comments: dict[int, str]) -> list[str]:
    """The comments at the top, if a blank line separates them from the first key."""
    for number, line in enumerate(lines):
        if not line.strip():
            return [comments[one] for one in range(number)]
        if number not in comments or not line.strip().startswith("#"):
            break
    return []


def _after(lines: list[str], node: Any) -> str:
    mark = node.end_mark
    if mark.line >= len(lines) or mark.column == 0:
        return ""
    rest = lines[mark.line][mark.column :].strip().lstrip(",}] ")
    return rest if rest.startswith("#") else ""
