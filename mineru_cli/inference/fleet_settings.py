"""What limits one worker's requests: its share of the run's slots, logins, times and bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mineru_cli.settings import Resilience, Settings

_BYTES_PER_CHARACTER = 6  # a character written as a JSON escape
_BYTES_PER_TOKEN = 128  # the entry of a token with its probability
_ENVELOPE = 65_536  # everything in a reply but its text


@dataclass(frozen=True, slots=True)
class FleetSettings:
    """What a fleet needs of the settings.

    ``limit`` is this worker's share of the requests in flight: exact, or, when ``adaptive``, where to start.
    ``share`` (0-1] is this worker's share of all the workers. ``worker`` is its number, for its events.
    """

    limit: int
    adaptive: bool = False
    share: float = 1.0
    api_key: str | None = None
    headers_for: Callable[[str], Mapping[str, str]] = lambda url: {}
    tls_verify: bool | Path = True
    request_timeout: float = 600.0
    max_reply_bytes: int = 4 * 2**20
    resilience: Resilience = field(default_factory=Resilience)
    worker: int = 0

    @classmethod
    def of(
        cls, settings: Settings, *, limit: int, adaptive: bool, worker: int = 0, share: float | None = None
    ) -> FleetSettings:
        """From a run's settings; ``share`` follows from the starting limit if it is not given."""
        if share is None:
            share = min(1.0, limit / settings.resilience.adaptive.start) if adaptive else 1.0
        each = _BYTES_PER_CHARACTER + (_BYTES_PER_TOKEN if settings.confidence else 0)
        return cls(
            limit=limit,
            worker=worker,
            adaptive=adaptive,
            share=share,
            api_key=settings.api_key.get_secret_value() if settings.api_key else None,
            headers_for=settings.headers_for,
            tls_verify=settings.tls_verify,
            request_timeout=settings.request_timeout,
            max_reply_bytes=settings.limits.max_reply_chars * each + _ENVELOPE,
            resilience=settings.resilience,
        )
