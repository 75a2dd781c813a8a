"""The documents that a bench converts: an endless synthetic corpus, or the user's files in a loop."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Protocol

from mineru_cli.bench.corpus.pdf import write_pdf
from mineru_cli.bench.corpus.synthetic_pages import KINDS
from mineru_cli.domain.document import DocumentRef
from mineru_cli.errors import InputNotFound
from mineru_cli.sources.discover import Selection, Unusable, discover

LENGTHS = (3, 1, 6, 2)
"""Page counts of the synthetic documents, repeated. Their sum is a multiple of ``KINDS``."""

STRIDE = 1_000_000
"""Documents between the corpora of two runs, so that no page is ever sent twice."""


class Corpus(Protocol):
    """An endless sequence of documents."""

    @property
    def name(self) -> str:
        """Its display name."""
        ...

    @property
    def fingerprint(self) -> str:
        """Short hash of its content."""
        ...

    @property
    def pages_per_document(self) -> float | None:
        """The mean; None if the documents must be read to know it."""
        ...

    def documents(self, run: int, folder: Path) -> Iterator[DocumentRef]:
        """Documents of the ``run``-th measurement, keys all different. Files are written into ``folder``."""
        ...


@dataclass(frozen=True, slots=True)
class SyntheticCorpus:
    """Generated from a seed. Three pages per document on average; every page is a new one."""

    seed: int = 1
    name: str = "synthetic"

    @property
    def pages_per_document(self) -> float:
        """See ``Corpus``."""
        return sum(LENGTHS) / len(LENGTHS)

    @property
    def fingerprint(self) -> str:
        """Depends on the seed and on everything that is drawn."""
        sample = b"".join(self.document(number) for number in range(len(LENGTHS)))
        return hashlib.sha256(sample).hexdigest()[:16]

    def document(self, number: int) -> bytes:
        """The ``number``-th PDF."""
        turn, place = divmod(number, len(LENGTHS))
        first = turn * sum(LENGTHS) + sum(LENGTHS[:place])
        sheets = []
        for page in range(first, first + LENGTHS[place]):
            random = Random(f"{self.seed}/{page}")
            sheets.append(KINDS[page % len(KINDS)](random))
        return write_pdf(sheets)

    def documents(self, run: int, folder: Path) -> Iterator[DocumentRef]:
        """See ``Corpus``."""
        for number in itertools.count():
            key = f"{run:03}-{number:06}"
            path = folder / f"{key}.pdf"
            path.write_bytes(self.document(run * STRIDE + number))
            status = path.stat()
            yield DocumentRef(key, "document", str(path), "pdf", status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class FolderCorpus:
    """The user's files in a loop."""

    files: tuple[DocumentRef, ...]
    name: str

    @classmethod
    def of(cls, inputs: Sequence[str], *, output: Path) -> FolderCorpus:
        """The files that ``convert`` would find. Raises ``InputNotFound``."""
        found = discover(inputs, Selection(), output=output, allow_empty=True)
        files = tuple(one for one in found if not isinstance(one, Unusable))
        if not files:
            raise InputNotFound(f"no documents in {', '.join(inputs)}", hint="give PDFs or folders of them")
        return cls(files, ", ".join(inputs))

    @property
    def pages_per_document(self) -> None:
        """See ``Corpus``."""
        return

    @property
    def fingerprint(self) -> str:
        """Of the files' bytes: independent of their location."""
        digest = hashlib.sha256()
        for file in self.files:
            digest.update(hashlib.sha256(Path(file.path).read_bytes()).digest())
        return digest.hexdigest()[:16]

    def documents(self, run: int, folder: Path) -> Iterator[DocumentRef]:
        """See ``Corpus``."""
        for turn in itertools.count():
            for file in self.files:
                yield replace(file, key=f"{run:03}-{turn:05}/{file.key}")


def materialise(corpus: Corpus, run: int, folder: Path, documents: int) -> list[DocumentRef]:
    """Write the first documents of a run as files, to measure another program on them."""
    return list(itertools.islice(corpus.documents(run, folder), documents))
