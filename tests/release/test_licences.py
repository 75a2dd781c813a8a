"""Licences of dependencies: read from metadata of every form, and judged as SPDX expressions."""

from __future__ import annotations

import importlib.util
import sys
from email.message import Message
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


@pytest.fixture(scope="module")
def page() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "docs" / "licences_page.py"
    specification = importlib.util.spec_from_file_location("licences_page", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def package(**fields: Any) -> Any:
    metadata = Message()
    metadata["Name"] = "thing"
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            metadata[name.replace("_", "-")] = one
    return SimpleNamespace(metadata=metadata)


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only AND MIT", False),
        ("(GPL-3.0-only OR MIT) AND AGPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("unknown", False),
        ("all rights reserved, ask us", False),
        ("__import__('os')", False),
        ("", False),
    ],
)
def test_an_expression_is_judged(page: ModuleType, expression: str, allowed: bool) -> None:
    assert page.is_allowed(expression) is allowed


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ({"License_Expression": "MIT"}, "MIT"),
        ({"License": "Apache 2.0"}, "Apache-2.0"),
        ({"License": "text\nof many lines", "Classifier": "License :: OSI Approved :: BSD License"}, "BSD-3-Clause"),
        ({"License": "GPLv3"}, "GPLv3"),
        ({}, "unknown"),
    ],
)  # fmt: skip
def test_a_licence_is_read_from_what_the_metadata_has(
    page: ModuleType, fields: dict[str, Any], licence: str
) -> None:
    assert page.licence_of(package(**fields)) == licence


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib")
def test_what_is_brought_is_followed_to_its_end(page: ModuleType) -> None:
    if importlib.util.find_spec("ray") is None:
        pytest.skip("the ray extra is not installed")
    brought = page.brought()
    assert not brought["httpcore"], "by httpx, with every installation"
    assert "`embedded`" in brought["shapely"], "by rapidocr, with an extra"
    assert "pytest" not in brought
    assert "mineru" not in brought, "it is AGPL"
