"""A small corpus, a calm run over it to compare with, and a server that does what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import corpus
import pytest
from vllm_double import DoubleProcess

from tests.chaos.command import convert, tree

SLOW = ("--slots", "8", "--layout-seconds", "0.06", "--block-seconds", "0.03")
"""Some seconds for the whole corpus: long enough to break things in the middle."""
DOCUMENTS = 14
PAGES = sum(1 + number % 4 for number in range(DOCUMENTS))


@pytest.fixture(scope="session")
def pdfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pdfs")
    for number in range(DOCUMENTS):
        pages = [corpus.prose(f"doc{number}", page) for page in range(1 + number % 4)]
        (folder / f"doc{number:02}.pdf").write_bytes(corpus.text_pdf(pages))
    return folder


@dataclass
class Calm:
    files: dict[str, bytes]
    stats: dict[str, Any]

    @property
    def requests(self) -> int:
        return self.stats["requests"]


@pytest.fixture(scope="session")
def calm(pdfs: Path, tmp_path_factory: pytest.TempPathFactory) -> Calm:
    """What a run without any fault gives."""
    folder = tmp_path_factory.mktemp("calm")
    with DoubleProcess() as double:
        run = convert(folder, pdfs, "-o", folder / "out", "--server-url", double.url)
        assert run.process.returncode == 0, run.errors()
        return Calm(tree(folder / "out"), double.stats())


@pytest.fixture
def double() -> Iterator[DoubleProcess]:
    with DoubleProcess(*SLOW) as server:
        yield server
