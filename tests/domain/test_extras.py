"""Hints name a package that can be installed: there is no mineru-batch on PyPI."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mineru_cli.domain.extras import EMBEDDED_HINT, HEIF_HINT

ROOT = Path(__file__).resolve().parents[2]
SHOWN = (
    "mineru_cli/**/*.py",
    "docs/*.md",
    "examples/**/*.yml",
    "README.md",
    "CONTRIBUTING.md",
    "deploy/**/*",
)


@pytest.mark.parametrize("hint", [EMBEDDED_HINT, HEIF_HINT])
def test_a_hint_names_an_extra_of_this_package(hint: str):
    (extra,) = re.findall(r"pip install '\.\[(\w+)\]'", hint)
    assert f"\n{extra} = [" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_no_command_asks_pypi_for_mineru_batch():
    pages = [page for pattern in SHOWN for page in ROOT.glob(pattern) if page.is_file()]
    asking = re.compile(r"install (?:-\S+ )*['\"]?mineru-batch\b")
    wrong = [
        f"{page.relative_to(ROOT)}: {line}"
        for page in pages
        for line in page.read_text(encoding="utf-8", errors="replace").splitlines()
        if asking.search(line) and "again" not in line
    ]
    assert not wrong
