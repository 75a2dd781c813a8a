"""Resolves the INPUT arguments: single files, folders, patterns."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mineru_cli.domain.location import SCHEMES, is_object_url
from mineru_cli.errors import InputNotFound
from mineru_cli.settings import Settings
from mineru_cli.sources.patterns import InputPattern, split_pattern
from mineru_cli.store.ledger.faults import shown

PLACES = 256
_NAMED = 5
"""Names in an error message, at most."""
_LONGEST = 1000
"""Characters of a name in an error message: text that is not a name can be as long as a file."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An INPUT that is searched. ``path`` is absolute, or a URL; with a ``pattern`` only matches are taken.

    ``text`` is the INPUT as it was given.
    """

    text: str
    path: str
    pattern: InputPattern | None = None

    @property
    def name(self) -> str:
        """The folder's name, to distinguish its documents from those of another INPUT."""
        return Path(self.path).name or "root"


@dataclass(frozen=True, slots=True)
class Inputs:
    """All INPUTs, each once. ``files`` are absolute and sorted, ``folders`` in the order given."""

    files: tuple[str, ...]
    folders: tuple[Folder, ...]


def read_inputs(inputs: Sequence[str], resolve: Callable[[str], Folder | str]) -> Inputs:
    """Look up every INPUT. ``resolve`` is ``InputSource.resolve``, whose errors pass through.

    Whether a pattern matches anything is not known yet: that takes a search.
    """
    files: set[str] = set()
    folders: dict[tuple[str, str], Folder] = {}
    for text in inputs:
        found = resolve(text)
        if isinstance(found, Folder):
            pattern = found.pattern.text if found.pattern else ""
            folders.setdefault((found.path, pattern), found)
        else:
            files.add(found)
    return Inputs(tuple(sorted(files)), tuple(folders.values()))


def local_input(text: str) -> Folder | str:
    """What an INPUT names on this machine. Raises ``InputNotFound``."""
    mode = _mode(text)
    if mode is None:
        folder, pattern = _pattern(text)
        return Folder(text, _absolute(folder), InputPattern(pattern))
    if stat.S_ISDIR(mode):
        return Folder(text, _absolute(text))
    return _absolute(text)


def input_not_found(text: str) -> InputNotFound:
    """The error for an INPUT that names nothing."""
    scheme, colons, _ = text.partition("://")
    if colons and scheme.lower() in ("http", "https"):
        return InputNotFound(
            f"{shown(text)!r} is an address, and INPUT names files and folders",
            hint="download it first (curl -O URL); the address of a model server goes to --server-url",
        )
    if colons and scheme.isalnum():
        return InputNotFound(
            f"{shown(text)!r}: INPUT cannot be read from {scheme}://",
            hint=f"give a file or a folder of this machine, or a URL with {', '.join(SCHEMES)}",
        )
    return InputNotFound(
        f"{_cut(shown(text))!r} names no file or folder",
        hint="check the path; a pattern such as 'pdfs/**/*.pdf' goes in quotes",
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def nothing_to_convert(
    inputs: Sequence[str],
    include: Sequence[str],
    exclude: Sequence[str],
    unsupported: Mapping[str, int],
    *,
    links: int = 0,
) -> InputNotFound:
    """The error for INPUTs without a document. ``unsupported`` counts files of other types by suffix.

    ``links`` counts those that lead out of their INPUT.
    """
    where = ", ".join(shown(text) for text in inputs[:_NAMED]) or "an empty list"
    more = f" and {len(inputs) - _NAMED} more" if len(inputs) > _NAMED else ""
    matching = f" that match {' or '.join(map(repr, include))}" if include else ""
    left_out = f", without those that match {' or '.join(map(repr, exclude))}" if exclude else ""
    others = ", ".join(f"{number} {suffix}" for suffix, number in list(unsupported.items())[:_NAMED])
    return InputNotFound(
        f"there is nothing to convert in {where}{more}: looked for PDFs and images{matching}{left_out}"
        + (f"; there are {others}" if others else "")
        + (f"; {links} links lead out of it and are not followed (--follow-links)" if links else ""),
        hint="check the path and the filters; --allow-empty if that is fine",
    )


def _mode(text: str) -> int | None:
    """File type of an existing path, 0 when it cannot be determined, None when nothing is there."""
    try:
        return os.stat(text).st_mode  # noqa: PTH116  Path would take an empty INPUT for the working directory
    except PermissionError:
        return 0
    except (OSError, ValueError):
        return None


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100  Path.resolve would follow links and rename the INPUT


def _pattern(text: str) -> tuple[str, str]:
    parts = split_pattern(text)
    if not text or "\0" in text or parts is None or not parts[1] or not Path(parts[0]).is_dir():
        raise input_not_found(text)
    return parts


def input_places(inputs: Sequence[str], *, most: int = PLACES) -> tuple[str, ...]:
    """The folders and files that hold all documents of ``inputs``, links resolved; URLs as they are.

    More than ``most`` single files are covered by their folders, more folders by the one above them all.
    """
    urls = {text for text in inputs if is_object_url(text)}
    files: set[str] = set()
    folders: set[str] = set()
    for text in set(inputs) - urls:
        parts = None if os.path.lexists(text) else split_pattern(text)
        place = os.path.realpath(parts[0] if parts else text)
        (folders if os.path.isdir(place) else files).add(place)  # noqa: PTH112  bytes of names are kept
    if len(files) > most:
        folders |= {os.path.dirname(file) for file in files}  # noqa: PTH120
        files = set()
    if len(folders) > most:
        folders = {os.path.commonpath(folders)}
    return tuple(sorted(urls | files | folders))


STDIN = Path("-")


def with_listed_files(settings: Settings) -> Settings:
    """The settings with the files of the list added to the inputs. Raises ``InputNotFound``.

    The list is read once: the returned settings name none.
    """
    if settings.files_from is None:
        return settings
    inputs = (*settings.inputs, *read_list(settings.files_from))
    return settings.model_copy(update={"inputs": inputs, "files_from": None})


def read_list(path: Path) -> tuple[str, ...]:
    """Names in a list, ended by NUL where it holds one, else one per line. Raises ``InputNotFound``."""
    try:
        content = sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
    except OSError as error:
        raise InputNotFound(
            f"--files-from: {shown(os.fspath(path))} cannot be read: {error.strerror}"
        ) from None
    if content.startswith(b"%PDF-"):
        raise InputNotFound(
            f"--files-from: {shown(os.fspath(path))} is a PDF, not a list of names",
            hint="give it as INPUT",
        )
    content = content.removeprefix(codecs.BOM_UTF8)
    if b"\0" in content:
        names = content.split(b"\0")
    else:
        names = [line.removesuffix(b"\r") for line in content.split(b"\n")]
    return tuple(os.fsdecode(name) for name in names if name)
