"""Globs: ``--include``, ``--exclude``, and INPUTs such as ``'scans/**/*.pdf'``.

``*`` stays within a folder, ``**`` spans folders, ``{a,b}`` and ``[a-c]`` as in a shell. Paths are POSIX,
relative to their INPUT.
"""

from __future__ import annotations

from collections.abc import Sequence

from wcmatch import glob

_FLAGS = glob.GLOBSTAR | glob.DOTGLOB | glob.BRACE | glob.FORCEUNIX


class Filter:
    """``--include`` and ``--exclude``. A pattern is matched against the relative path and the base name."""

    def __init__(self, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        self._include = glob.compile(list(include), flags=_FLAGS) if include else None
        self._exclude = glob.compile(list(exclude), flags=_FLAGS) if exclude else None

    def wants(self, relative: str, name: str) -> bool:
        """Whether a file is selected."""
        if self._include and not (self._include.match(relative) or self._include.match(name)):
            return False
        return not self.bars(relative, name)

    def bars(self, relative: str, name: str) -> bool:
        """Whether a file, or a folder with everything below it, is excluded."""
        return bool(self._exclude and (self._exclude.match(relative) or self._exclude.match(name)))


class InputPattern:
    """The part of an INPUT from its first glob character, relative to the folder before it."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        parts = pattern.split("/")
        plain = next((n for n, part in enumerate(parts) if _spans_folders(part)), len(parts))
        self._whole = glob.compile(pattern, flags=_FLAGS)
        self._heads = [glob.compile("/".join(parts[: n + 1]), flags=_FLAGS) for n in range(plain)]
        self._endless = plain < len(parts)

    def matches(self, relative: str) -> bool:
        """Whether a file or folder matches, or is below a folder that matches."""
        return bool(self._whole.match(relative))

    def leads_to(self, relative: str) -> bool:
        """Whether something below this folder can match."""
        depth = relative.count("/")
        if depth < len(self._heads):
            return bool(self._heads[depth].match(relative))
        return self._endless


def split_pattern(text: str) -> tuple[str, str] | None:
    """The folder before the first glob character, and the pattern from there; None for a plain path.

    A brace that spans a slash (``{a/b,c}``) stays whole.
    """
    if not glob.is_magic(text, flags=_FLAGS):
        return None
    parts = text.split("/")
    first = next((n for n, part in enumerate(parts) if glob.is_magic(part, flags=_FLAGS)), 0)
    folder = "/".join(parts[:first]) or ("/" if text.startswith("/") else ".")
    return folder, "/".join(part for part in parts[first:] if part)


def _spans_folders(part: str) -> bool:
    return "**" in part or part.count("{") != part.count("}")
