"""Reads ``mineru-batch.yaml``. Every problem is reported at once, with its line and column.

Values remain text here, like those of environment variables: ``Settings`` validates them with the same
messages. So ``count: true`` is not 1, and ``pages: 5`` is a page selection.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mineru_cli.errors import SettingsError
from mineru_cli.settings.declaration import Setting
from mineru_cli.settings.file.keys import (
    API_KEY_ENV,
    BACKEND_KEY,
    HEALTH_CHECK,
    VERSION,
    file_keys,
    groups,
    secret_keys,
)
from mineru_cli.settings.file.monolith import BACKEND, MIGRATE, OLD_BACKENDS, is_old_key
from mineru_cli.settings.problems import nearest
from mineru_cli.settings.resolve import Given, Origin, resolve

MAX_BYTES = 1024**2
_DEEPEST = 12


@dataclass(frozen=True, slots=True, order=True)
class FileProblem:
    """A problem at a position of the file. Lines and columns start at 1; 0 is the file as a whole."""

    line: int
    column: int
    message: str

    def text(self, path: str) -> str:
        """``mineru-batch.yaml:3:5: message``, like compilers."""
        return f"{path}:{self.line}:{self.column}: {self.message}" if self.line else f"{path}: {self.message}"


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """The content of the file. ``missing`` are variables that it names for secrets and that are not set."""

    path: str
    given: Given = field(default_factory=Given)
    keys: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    needs_server: FileProblem | None = None
    """The problem of a missing server, unless its address comes from another source."""

    def require_server(self) -> None:
        """Raise ``SettingsError`` if the file needs a server that no other source names either."""
        if self.needs_server:
            raise file_error(self.path, [self.needs_server])


def read_file(path: Path, environ: Mapping[str, str]) -> ConfigFile:
    """Read the file. Raises ``SettingsError`` with one line per problem."""
    config, problems = examine_file(path, environ)
    if problems:
        raise file_error(os.fspath(path), problems)
    return config


def file_error(path: str, problems: list[FileProblem]) -> SettingsError:
    """All problems of a file as one error."""
    lines = [problem.text(path) for problem in sorted(set(problems))]
    message = lines[0] if len(lines) == 1 else "\n".join([f"{path} has {len(lines)} problems:", *lines])
    old = any(MIGRATE.format(path=path) in line for line in lines)
    return SettingsError(message, hint="" if old else "the keys are listed in docs/configuration.md")


def problems_in(text: str, environ: Mapping[str, str]) -> list[FileProblem]:
    """All problems in the text of a file, except a missing server, which other sources may name."""
    return _examine("", text, environ)[1]


def examine_file(path: Path, environ: Mapping[str, str]) -> tuple[ConfigFile, list[FileProblem]]:
    """The file and all its problems. Raises ``SettingsError`` if it cannot be read."""
    return _examine(os.fspath(path), read_text(path), environ)


def _examine(path: str, text: str, environ: Mapping[str, str]) -> tuple[ConfigFile, list[FileProblem]]:
    reading = _Reading(path, environ)
    reading.document(text)
    problems = reading.problems
    given = Given(reading.values, reading.origins)
    try:
        resolve(given)
    except SettingsError as error:
        problems += [reading.problem(one.path, one.message) for one in error.problems]
        if not error.problems:
            problems.append(FileProblem(0, 0, error.message))
    config = ConfigFile(
        reading.path, given, tuple(reading.found), tuple(reading.missing), reading.server_needed()
    )
    return config, problems


def read_text(path: Path) -> str:
    """The text of a small file. Raises ``SettingsError``."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise SettingsError(f"{path} is larger than 1 MiB: it is not a configuration file")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 (byte {error.start})", hint="save it as UTF-8") from None


class _Reading:
    """One pass over the nodes of a file."""

    def __init__(self, path: str, environ: Mapping[str, str]) -> None:
        self.path = path
        self._environ = environ
        self.values: dict[tuple[str, ...], Any] = {}
        self.origins: dict[tuple[str, ...], Origin] = {}
        self.places: dict[tuple[str, ...], tuple[int, int, str]] = {}
        self.found: dict[str, Any] = {}
        self.missing: list[str] = []
        self.problems: list[FileProblem] = []

    def document(self, text: str) -> None:
        """Read the whole file."""
        import yaml

        root: Any
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self.problems.append(FileProblem(*place, f"not valid YAML: {error.problem or error.context}"))
            return
        except yaml.YAMLError as error:
            self.problems.append(FileProblem(1, 1, f"not valid YAML: {str(error).splitlines()[0]}"))
            return
        except RecursionError:
            self.problems.append(FileProblem(1, 1, "not valid YAML: nested too deeply"))
            return
        if root is None:
            return
        if root.id != "mapping":
            self._add(root, "the file holds no keys: it begins with 'mineru:'")
            return
        self._mapping(root, "", 0)

    def problem(self, path: tuple[str, ...], message: str) -> FileProblem:
        """A problem of a value, with its position."""
        for end in range(len(path), 0, -1):
            if (place := self.places.get(path[:end])) is not None:
                return FileProblem(place[0], place[1], f"{place[2]}: {message}")
        return FileProblem(0, 0, message)

    def server_needed(self) -> FileProblem | None:
        """The problem of a file for HTTP clients without a server: no address, and none to start."""
        if BACKEND_KEY not in self.found or {("server_url",), ("server",)} & self.values.keys():
            return None
        return FileProblem(
            *_place(self.found[BACKEND_KEY]),
            "mineru.vllm_server.base_url is missing: HTTP clients need the address of a server "
            "(or launch: docker, or launch: embedded, to start one)",
        )

    def _mapping(self, node: Any, above: str, depth: int) -> None:
        seen: set[str] = set()
        for key, value in node.value:
            if key.id != "scalar" or not key.value:
                self._add(key, "a key must be plain text")
                continue
            full = f"{above}.{key.value}" if above else key.value  # mineru.workers.count: 8 is one key
            if full in seen or full in self.found:
                self._add(key, f"{full} is given twice")
                continue
            seen.add(full)
            self._entry(full, key, value, depth)

    def _entry(self, full: str, key: Any, value: Any, depth: int) -> None:
        if full == "version":
            self._version(value)
        elif full == BACKEND_KEY:
            self.found[full] = key
            self._backend(value)
        elif full == HEALTH_CHECK and value.id == "scalar":
            if value.value != "true":
                self._add(value, f"{full}: the health check cannot be switched off; remove the key")
        elif full in file_keys():
            self.found[full] = key
            self._value(full, file_keys()[full], value)
        elif full in secret_keys():
            self._add(
                key, f"{full}: a secret does not belong into the file; write {full}{API_KEY_ENV}: VARIABLE"
            )
        elif full in groups():
            self._group(full, value, depth)
        else:
            self._add(key, _unknown(full, self.path))

    def _group(self, full: str, value: Any, depth: int) -> None:
        if value.id == "mapping" and depth < _DEEPEST:
            self._mapping(value, full, depth + 1)
        elif value.id != "scalar" or value.value not in ("", "null", "~"):
            self._add(value, f"{full} is a group of keys, not a value")

    def _value(self, full: str, setting: Setting, node: Any) -> None:
        if setting.is_secret:
            self._secret(full, setting, node)
            return
        if node.id == "scalar" and node.tag == "tag:yaml.org,2002:null":
            if setting.default is not None:
                self._add(node, f"{full}: a value is missing")
            return
        value = self._plain(full, setting, node)
        if value is not None:
            self._put(setting, value, node, full)

    def _put(self, setting: Setting, value: Any, node: Any, full: str, variable: str = "") -> None:
        line, column = _place(node)
        self.values[setting.path] = value
        self.places[setting.path] = (line, column, full)
        self.origins[setting.path] = Origin("file", f"{self.path}:{line}:{column}: {full}{variable}")

    def _plain(self, full: str, setting: Setting, node: Any) -> Any:
        """Text, a list of texts, or a mapping of texts for headers. None after a problem."""
        if node.id == "scalar":
            return [node.value] if setting.is_list else node.value
        children = [pair[1] for pair in node.value] if node.id == "mapping" else node.value
        wanted = ("sequence", "mapping") if setting.path == ("headers",) else ("sequence",)
        if not setting.is_list or node.id not in wanted:
            self._add(node, f"{full}: a {node.id} is not {'a list' if setting.is_list else 'a single value'}")
        elif any(child.id != "scalar" for child in children):
            self._add(node, f"{full}: its values must be plain")
        elif node.id == "mapping":
            return {key.value: value.value for key, value in node.value}
        else:
            return [child.value for child in children]
        return None

    def _secret(self, full: str, setting: Setting, node: Any) -> None:
        if node.id != "scalar" or not node.value.replace("_", "a").isalnum() or node.value[0].isdigit():
            self._add(node, f"{full}: not the name of an environment variable")
            return
        secret = self._environ.get(node.value)
        if not secret:
            line, column = _place(node)
            self.missing.append(f"{self.path}:{line}:{column}: {full}: the variable {node.value} is not set")
            return
        self._put(setting, [secret] if setting.is_list else secret, node, full, f" ({node.value})")

    def _version(self, node: Any) -> None:
        if node.id != "scalar" or node.value != str(VERSION):
            given = repr(node.value) if node.id == "scalar" else "this"
            self._add(node, f"version: {given} is not known; this program reads version {VERSION}")

    def _backend(self, node: Any) -> None:
        name = node.value if node.id == "scalar" else ""
        if name in OLD_BACKENDS:
            command = MIGRATE.format(path=self.path)
            self._add(
                node,
                f"{BACKEND_KEY}: {name!r} loads the model into each worker; workers are HTTP clients here "
                f"({BACKEND!r}). To migrate the file: {command}",
            )
        elif name != BACKEND:
            self._add(
                node, f"{BACKEND_KEY}: {name!r} is not a backend; it is {BACKEND!r}{nearest(name, [BACKEND])}"
            )

    def _add(self, node: Any, message: str) -> None:
        self.problems.append(FileProblem(*_place(node), message))


def _place(node: Any) -> tuple[int, int]:
    """Line and column of a node, from 1."""
    return node.start_mark.line + 1, node.start_mark.column + 1


def _unknown(full: str, path: str) -> str:
    if is_old_key(full):
        return f"{full} is a key of the monolithic service. To migrate the file: {MIGRATE.format(path=path)}"
    known = [*file_keys(), BACKEND_KEY, *groups(), "version"]
    parent, _, last = full.rpartition(".")
    same = [key for key in known if key.rpartition(".")[2] == last]
    by_option = [key for key, one in file_keys().items() if one.name == last]
    if found := same or by_option:
        return f"there is no key {full}; did you mean {found[0]!r}?"
    siblings = [key.rpartition(".")[2] for key in known if key.rpartition(".")[0] == parent]
    return f"there is no key {full}{nearest(last, siblings)}"
