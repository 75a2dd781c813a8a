"""requirements.lock names, with hashes, a version that pyproject.toml allows of everything that a user may install."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info < (3, 11):
    pytest.skip("tomllib", allow_module_level=True)
import tomllib

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENTRIES = re.split(r"\n(?=\w)", re.sub(r"^#.*\n", "", LOCK, flags=re.MULTILINE).strip())
PROJECT: Any = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WANTED = [
    one
    for requirements in (
        PROJECT["dependencies"],
        *(group for extra, group in PROJECT["optional-dependencies"].items() if extra != "dev"),
    )
    for one in map(Requirement, requirements)
    if one.marker is None or "python_version" not in str(one.marker) or one.marker.evaluate()
]
"""But what only another Python needs."""


def pinned() -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for entry in ENTRIES:
        requirement = Requirement(entry.split(" \\\n")[0])
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


@pytest.mark.parametrize("wanted", WANTED, ids=str)
def test_a_requirement_is_pinned_within_its_bounds(wanted: Requirement) -> None:
    pins = pinned().get(canonicalize_name(wanted.name), [])
    assert pins, f"{wanted.name} is not in requirements.lock: .ci/lock"
    for pin in pins:
        ((specifier),) = pin.specifier
        assert specifier.operator == "=="
        assert specifier.version in wanted.specifier, ".ci/lock"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.split("==")[0])
def test_a_pin_has_hashes_and_comes_from_no_other_index(entry: str) -> None:
    assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry)
    assert "://" not in entry
