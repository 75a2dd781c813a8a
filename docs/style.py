"""Checks the words of the package, its strings, docstrings and comments, and those of the pages of docs/.

Phrases that are not the English of the field are refused (see CONTRIBUTING.md, "Words"), and so are misspellings where
codespell is installed.
"""

from __future__ import annotations

import ast
import importlib.util
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BANNED = {
    r"(?<![Tt]here )\bis no (?!longer\b|more\b|other\b)[a-z]": 'write "is not a ..."',
    r"\bare no (?!longer\b|more\b|other\b)[a-z]+ of\b": 'write "are not ..."',
    r"\bnobody\b": 'say who, or use the passive: "no process", "is not read"',
    r"\bso many\b": "give the number, or say how it is counted",
    r"\b(tells|told|telling)\b": '"reports", "shows", "says"',
    r"\basked again\b": '"retried"',
    r"\bbeside\b": '"next to", "in addition to", "alongside"',
    r"\b(pages|PDFs|documents|requests|tokens) an? (second|minute|hour)\b": '"per second"',
    r"\b(seconds|milliseconds|bytes|requests|tokens|(?:one|an?) (?:small )?(?:file|line|row|test)) an? (page|request|worker|core|pixel|document|file|repeat|rule)\b": '"per page"',
    r"\bof ours\b": '"our own", or name it',
    r"\breckon": '"compute", "estimate"',
    r"\bover again\b": '"repeatedly", "in a loop"',
    r"\bfor ever\b": '"forever", "without bound"',
    r"\btaken for granted\b": '"validated", "untrusted"',
    r"\bthe network for nothing\b": '"self-contained", "without network requests"',
}
WORDS = "aas,ist,ment,oder,ure"
"""Words that codespell takes for misspelt."""


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Strings, docstrings and comments of a module with their lines."""
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of a page, without what stands in code."""
    fenced = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        fenced ^= line.startswith("```")
        if not fenced:
            yield number, re.sub(r"`[^`]*`", "", line)


def findings() -> Iterator[str]:
    """One line for each phrase found."""
    for path in sorted((ROOT / "mineru_cli").rglob("*.py")):
        yield from _in(path, strings(path))
    for path in sorted((ROOT / "docs").glob("*.md")):
        yield from _in(path, lines(path))


def _in(path: Path, texts: Iterator[tuple[int, str]]) -> Iterator[str]:
    for line, text in texts:
        for phrase, better in BANNED.items():
            for match in re.finditer(phrase, text):
                yield f"{path.relative_to(ROOT)}:{line}: {match[0]!r}: {better}"


def misspellings() -> list[str]:
    """What codespell finds, where it is installed."""
    if importlib.util.find_spec("codespell_lib") is None:
        return []
    pages = sorted(path.name for path in ROOT.glob("*.md"))
    command = [
        sys.executable,
        "-m",
        "codespell_lib",
        "--ignore-words-list",
        WORDS,
        "mineru_cli",
        "docs",
        *pages,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return [line.removeprefix("./") for line in done.stdout.splitlines()]


def main() -> int:
    found = [*findings(), *misspellings()]
    print("\n".join(found), end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
