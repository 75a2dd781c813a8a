"""Assignment of documents to the candidate, only by a hash of their content.

The same content always has the same position between 0 and 100 %, on every machine and in every version of
Python. Raising the percentage therefore only adds documents to the candidate.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PARTS = 1_000_000
"""Number of positions: percentages have four decimals."""
_CHUNK = 1024**2
_PURPOSE = b"mineru-rollout/1"
"""BLAKE2's personalisation for these hashes. A change would move every document."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The positions of a document, each from 0 to ``PARTS`` - 1.

    ``place`` is for the split, ``shadow`` for the share that the baseline converts as well. They are
    independent.
    """

    place: int
    shadow: int

    def in_candidate(self, percent: float) -> bool:
        """Whether the document goes to the candidate at ``percent`` (0-100)."""
        return self.place < parts_of(percent)

    def in_shadow(self, percent: float) -> bool:
        """Whether a document of the candidate is compared if ``percent`` (0-100) of them are."""
        return self.shadow < parts_of(percent)


def parts_of(percent: float) -> int:
    """A percentage as a number of positions."""
    return round(percent * PARTS / 100)


def placement_of(path: Path) -> Placement:
    """The placement of a file's content. Reads all of it: call it in a thread. Raises ``OSError``."""
    with path.open("rb") as file:
        return placement_of_content(file)


def placement_of_content(file: IO[bytes]) -> Placement:
    """The placement of what can be read from ``file``."""
    content = hashlib.blake2b(digest_size=16, person=_PURPOSE)
    while chunk := file.read(_CHUNK):
        content.update(chunk)
    digest = content.digest()
    place, shadow = (int.from_bytes(half, "big") * PARTS >> 64 for half in (digest[:8], digest[8:]))
    return Placement(place, shadow)
