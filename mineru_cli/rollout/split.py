"""Which documents go to the candidate: decided by a hash of their content and by nothing else.

The same content always has the same place between 0 and 100 %, on every machine and in every version of
Python. A larger percentage reaches further, so raising it only adds documents and moves none back.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

PARTS = 1_000_000
"""Places a document may have: percentages count to four decimals."""
_CHUNK = 1024**2
_PURPOSE = b"mineru-rollout/1"
"""Sets these hashes apart from others of the same content. Changing it would move every document."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a document stands, each from 0 to ``PARTS`` - 1.

    ``place`` is for the split, ``shadow`` for the share that the baseline converts too. They are independent.
    """

    place: int
    shadow: int

    def in_candidate(self, percent: float) -> bool:
        """Whether it goes to the candidate at ``percent`` (0-100)."""
        return self.place < parts_of(percent)

    def in_shadow(self, percent: float) -> bool:
        """Whether a document of the candidate is compared when ``percent`` (0-100) of them are."""
        return self.shadow < parts_of(percent)


def parts_of(percent: float) -> int:
    """A percentage as a number of places."""
    return round(percent * PARTS / 100)


def placement_of(path: Path) -> Placement:
    """The placement of a file's content. Reads all of it: call it in a thread. Raises ``OSError``."""
    digest = _hash()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return _placement(digest.digest())


def placement_of_bytes(content: bytes) -> Placement:
    """The same for content that is in memory."""
    digest = _hash()
    digest.update(content)
    return _placement(digest.digest())


def _hash() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=16, person=_PURPOSE)


def _placement(digest: bytes) -> Placement:
    place, shadow = (int.from_bytes(half, "big") * PARTS >> 64 for half in (digest[:8], digest[8:]))
    return Placement(place, shadow)
