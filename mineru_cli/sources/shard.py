"""A share of the documents, for several machines on one set."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from mineru_cli.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Shard:
    """Shard ``number`` (from 1) of ``count``.

    A document belongs to a shard by a hash of its key: no other document can move it.
    """

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read ``I/N``. Raises ``SettingsError``."""
        match = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", text, re.ASCII)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise SettingsError(
                f"--shard {text!r} is not a share", hint="write I/N with I from 1 to N, such as 2/8"
            )
        return cls(int(match[1]), int(match[2]))

    def holds(self, key: str) -> bool:
        """Whether the document with this key belongs to the shard."""
        hashed = hashlib.blake2b(key.encode("utf-8", "surrogateescape"), digest_size=8).digest()
        return int.from_bytes(hashed, "big") % self.count == self.number - 1
