"""The documents of the runs: small, generated, and one that crashes what reads it."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.corpus import ROOT

POISONED = "poisoned"
"""Part of the name of the document whose page crashes its reader on the nodes (``tests/chaos/saboteur``)."""


def make_documents(folder: Path, count: int) -> int:
    """Write ``count`` PDFs of one or two pages into ``folder``; returns their pages."""
    pages = [1 + number % 2 for number in range(count)]
    folder.mkdir(parents=True)
    for number, length in enumerate(pages):
        write_document(folder / f"doc{number:05}.pdf", length)
    return sum(pages)


def write_document(path: Path, pages: int) -> None:
    """Write one PDF of prose that no other document has."""
    if str(ROOT / "tests") not in sys.path:
        sys.path.insert(0, str(ROOT / "tests"))
    import corpus

    path.write_bytes(corpus.text_pdf([corpus.prose(path.stem, page) for page in range(pages)]))
