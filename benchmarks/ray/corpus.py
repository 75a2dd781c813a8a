"""The documents of the runs: small, generated, and one that crashes what reads it."""

from __future__ import annotations

from pathlib import Path

from tests import corpus

A4 = (595.0, 842.0)
POISONED = "poisoned"
POISONED_SIZE = (611.0, 842.0)
"""Points. On the nodes, a page of this width crashes its reader (``tests/chaos/saboteur``)."""


def make_documents(folder: Path, count: int) -> int:
    """Write ``count`` PDFs of one or two pages into ``folder``; returns their pages."""
    pages = [1 + number % 2 for number in range(count)]
    folder.mkdir(parents=True)
    for number, length in enumerate(pages):
        _write(folder / f"doc{number:05}.pdf", length, A4)
    return sum(pages)


def add_poisoned(folder: Path, place: int) -> None:
    """Write a document that crashes its reader; it is taken up as number ``place``."""
    _write(folder / f"doc{place:05}-{POISONED}.pdf", 1, POISONED_SIZE)


def _write(path: Path, pages: int, size: tuple[float, float]) -> None:
    path.write_bytes(corpus.text_pdf([corpus.prose(path.stem, page) for page in range(pages)], size))
