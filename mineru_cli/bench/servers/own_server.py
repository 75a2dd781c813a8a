"""What a server of our own must be able to do."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from mineru_cli.bench.servers.settings import ServerSetting


@dataclass(frozen=True, slots=True)
class Up:
    """A server that gave its first answer. ``phases`` are (name, seconds) in order, from nothing to there."""

    url: str
    phases: tuple[tuple[str, float], ...]


class OwnServer(Protocol):
    """The embedded engine, a container, or what any command line starts."""

    @property
    def name(self) -> str:
        """One word for it."""
        ...

    @property
    def settings(self) -> tuple[ServerSetting, ...]:
        """What can be tried, in this order."""
        ...

    def started(self, values: Mapping[str, int]) -> AbstractAsyncContextManager[Up]:
        """It, for as long as the context lasts. Settings without a value keep the default.

        Raises ``EngineUnavailable``, ``ServerGivenUp``.
        """
        ...

    def as_environment(self, values: Mapping[str, int]) -> Mapping[str, str]:
        """How to start it so for good: variables and their values."""
        ...
