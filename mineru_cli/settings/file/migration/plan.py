"""The plan for the new file, and its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class KeyChange:
    """The result for one old key. ``new`` is empty without an equivalent; ``reason`` explains it."""

    old: str
    new: str
    reason: str = ""

    @property
    def text(self) -> str:
        """One line for users."""
        if self.old == self.new:
            return f"{self.old}: {self.reason}"
        arrow = f"{self.old} -> {self.new}" if self.old and self.new else self.new or f"{self.old}: left out"
        return f"{arrow} ({self.reason})" if self.reason else arrow


@dataclass(frozen=True, slots=True)
class CommentedValue:
    """A value of the new file with the comments of its old key."""

    value: Any
    before: tuple[str, ...] = ()
    after: str = ""


@dataclass(slots=True)
class MigrationPlan:
    """The content of the new file while it is assembled.

    ``server`` has options of ``vllm serve``, ``left_out`` the comments of keys without an equivalent.
    """

    entries: dict[str, CommentedValue] = field(default_factory=dict)
    changes: list[KeyChange] = field(default_factory=list)
    server: dict[str, str] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    left_out: list[str] = field(default_factory=list)
    trailer: tuple[str, ...] = ()

    def put(self, old: str, new: str, entry: CommentedValue, reason: str = "") -> None:
        """Add ``entry`` as ``new``. A second value for the same key is omitted and reported."""
        if new in self.entries:
            self.drop(old, entry, f"{new} has a value already")
            return
        self.entries[new] = entry
        if old != new or reason:
            self.changes.append(KeyChange(old, new, reason))

    def serve(self, old: str, flag: str, entry: CommentedValue, reason: str) -> None:
        """Add an option of ``vllm serve``."""
        value = entry.value
        self.server[flag] = "" if value is True else str(value)
        if value is False:
            del self.server[flag]
        self._keep_comments(entry)
        self.changes.append(KeyChange(old, f"vllm serve {flag} {self.server.get(flag, '')}".rstrip(), reason))

    def drop(self, old: str, entry: CommentedValue, reason: str) -> None:
        """Omit a key; it remains in the new file as a comment."""
        self.changes.append(KeyChange(old, "", reason))
        self._keep_comments(entry)
        self.left_out.append(f"# {old}: {_short(entry.value)}  ({reason})")

    def _keep_comments(self, entry: CommentedValue) -> None:
        self.left_out += [*entry.before, *([entry.after] if entry.after else [])]


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_short(one)}" for name, one in value.items()) + "}"
    text = str(value).replace("\n", " ")
    return text if len(text) <= 200 else text[:197] + "..."


def file_text(plan: MigrationPlan, version: int) -> str:
    """The text of the file for ``plan``."""
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
    """A value as YAML on one line."""
    import yaml

    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...").strip()
