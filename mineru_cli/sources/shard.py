"""A share of the documents, for several machines that work on one set."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from mineru_cli.errors import SettingsError
from mineru_cli.settings import Settings
from mineru_cli.sources.names import digest

INDEX = "JOB_COMPLETION_INDEX"


@dataclass(frozen=True, slots=True)
class Shard:
    """Shard ``number`` (from 1) of ``count``.

    A document belongs to a shard by a hash of its key, independent of all other documents.
    """

    number: int
    count: int

    @classmethod
    def parse(cls, text: str, environment: Mapping[str, str] = os.environ) -> Shard:
        """Read ``I/N``, or ``index/N`` in a pod of an Indexed Job of Kubernetes. Raises ``SettingsError``."""
        if text.strip().startswith("index/"):
            text = text.replace("index", str(_job_index(environment) + 1), 1)
        match = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", text, re.ASCII)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise SettingsError(
                f"--shard {text!r} is not a share", hint="write I/N with I from 1 to N, such as 2/8"
            )
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        """``I/N``."""
        return f"{self.number}/{self.count}"

    def holds(self, key: str) -> bool:
        """Whether the document with this key belongs to the shard."""
        return int(digest(key), 16) % self.count == self.number - 1


def with_own_share(settings: Settings) -> Settings:
    """Settings with the share by its number, also where a pod was given ``index/N``: what the run keeps."""
    if not settings.shard:
        return settings
    return settings.model_copy(update={"shard": str(Shard.parse(settings.shard))})


def _job_index(environment: Mapping[str, str]) -> int:
    """The number of this pod, from 0, as the controller of Indexed Jobs sets it."""
    index = environment.get(INDEX, "")
    if not re.fullmatch(r"\d{1,9}", index, re.ASCII):
        raise SettingsError(
            f"--shard index/N needs {INDEX}, which is {f'{index!r}' if index else 'not set'}",
            hint="a Job with completionMode: Indexed sets it in its pods; elsewhere write I/N, such as 2/8",
        )
    return int(index)
