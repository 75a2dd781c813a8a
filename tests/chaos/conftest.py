"""A small corpus, a calm run over it to compare with, and a server that does what it is told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import corpus
import pytest
from vllm_double import DoubleProcess

from tests.chaos.command import convert, tree

SLOTS = 8
SLOW = ("--slots", str(SLOTS), "--layout-seconds", "0.06", "--block-seconds", "0.03")
"""Some seconds for the whole corpus: long enough to break things in the middle."""
DOCUMENTS = 14
PAGES = sum(1 + number % 4 for number in range(DOCUMENTS))


@pytest.fixture(scope="session")
def pdfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write(tmp_path_factory.mktemp("pdfs"), DOCUMENTS)


def _write(folder: Path, documents: int) -> Path:
    for number in range(documents):
        pages = [corpus.prose(f"doc{number}", page) for page in range(1 + number % 4)]
        (folder / f"doc{number:02}.pdf").write_bytes(corpus.text_pdf(pages))
    return folder


@dataclass
class Calm:
    """What a run without any fault gives, and what the server was asked for it."""

    files: dict[str, bytes]
    stats: dict[str, Any]

    @property
    def requests(self) -> int:
        return self.stats["requests"]

    def own_blocks(self) -> dict[str, set[str]]:
        """The images of blocks that one document alone has, by document: blank crops are alike everywhere."""
        read = {
            name.split("/")[0]: set(re.findall("[0-9a-f]{16}", data.decode()))
            for name, data in self.files.items()
            if name.endswith(".md")
        }
        shared = {image for image, count in Counter(chain(*read.values())).items() if count > 1}
        return {document: images - shared for document, images in read.items()}


@dataclass
class Many:
    """Half a minute and more of the slow server."""

    pdfs: Path
    calm: Calm
    documents: int = 70


@pytest.fixture(scope="session")
def calm(pdfs: Path, tmp_path_factory: pytest.TempPathFactory) -> Calm:
    return _calm_run(pdfs, tmp_path_factory.mktemp("calm"))


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Many:
    """For the slow tests."""
    folder = _write(tmp_path_factory.mktemp("many"), Many.documents)
    return Many(folder, _calm_run(folder, tmp_path_factory.mktemp("calm-many")))


def _calm_run(pdfs: Path, folder: Path) -> Calm:
    with DoubleProcess() as double:
        run = convert(folder, pdfs, "-o", folder / "out", "--server-url", double.url)
        assert run.process.returncode == 0, run.errors()
        return Calm(tree(folder / "out"), double.stats())


@pytest.fixture
def double() -> Iterator[DoubleProcess]:
    with DoubleProcess(*SLOW) as server:
        yield server
