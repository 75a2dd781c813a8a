"""docs/troubleshooting.md quotes messages that the code prints, and has every class of a document's failure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mineru_cli.errors import DocumentError

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
FIRST_CELLS = re.findall(r"^\| (`.+?`) \|", PAGE, re.MULTILINE)
QUOTED = [text for cell in FIRST_CELLS for text in re.findall(r"`(.+?)`", cell)]
CODES = {text for text in QUOTED if re.fullmatch(r"[a-z]+(-[a-z]+)+", text)}
MESSAGES = [text for text in QUOTED if text not in CODES]


def text_of(node: ast.expr) -> str:
    """A string of the source; ``…`` for what is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(one) for one in node.values)
    return "…"


def strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.JoinedStr, ast.Constant)):
            yield text_of(node)


@pytest.fixture(scope="module")
def strings_of_the_code() -> str:
    return "\n".join(text for path in (ROOT / "mineru_cli").rglob("*.py") for text in strings(path))


@pytest.mark.parametrize("message", MESSAGES)
def test_the_code_prints_it(message: str, strings_of_the_code: str):
    assert message in strings_of_the_code


def test_messages_are_found_at_all():
    assert len(MESSAGES) > 20


def classes(kind: type[DocumentError]) -> set[str]:
    return {kind.code} | {code for one in kind.__subclasses__() for code in classes(one)}


def test_every_class_of_failure_has_its_row():
    assert classes(DocumentError) - {DocumentError.code} == CODES
