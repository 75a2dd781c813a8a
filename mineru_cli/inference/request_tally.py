"""Sums of request outcomes, collected between two reports: an event per request would cost too much."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from mineru_cli.domain.events import LATENCY_BOUNDS, RequestFinished
from mineru_cli.domain.request import Completion

_BUCKETS = len(LATENCY_BOUNDS) + 1


@dataclass(slots=True)
class _Sum:
    count: int = 0
    seconds: float = 0.0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    buckets: list[int] = field(default_factory=lambda: [0] * _BUCKETS)


class RequestTally:
    """Sums by server, kind and outcome. ``worker`` is the number of the worker that sends them."""

    def __init__(self, worker: int) -> None:
        self._worker = worker
        self._sums: dict[tuple[str, str, str], _Sum] = {}

    def answered(self, kind: str, completion: Completion) -> None:
        """A request of this kind was answered with a completion."""
        one = self._sum(completion.server, kind, completion.finish_reason)
        one.count += 1
        one.seconds += completion.seconds
        one.retries += completion.attempts - 1
        one.prompt_tokens += completion.prompt_tokens
        one.completion_tokens += completion.completion_tokens
        one.buckets[bisect_left(LATENCY_BOUNDS, completion.seconds)] += 1

    def failed(self, kind: str, server: str, code: str, retries: int) -> None:
        """A request of this kind was given up after ``retries``, for the error with this code."""
        one = self._sum(server, kind, code)
        one.count += 1
        one.retries += retries

    def take(self) -> list[RequestFinished]:
        """The outcomes since the last call."""
        sums, self._sums = self._sums, {}
        return [
            RequestFinished(
                server=server,
                kind=kind,
                outcome=outcome,
                worker=self._worker,
                count=one.count,
                seconds=round(one.seconds, 6),
                retries=one.retries,
                prompt_tokens=one.prompt_tokens,
                completion_tokens=one.completion_tokens,
                latencies=tuple(one.buckets),
            )
            for (server, kind, outcome), one in sums.items()
        ]

    def _sum(self, server: str, kind: str, outcome: str) -> _Sum:
        key = server, kind, outcome
        one = self._sums.get(key)
        if one is None:
            one = self._sums[key] = _Sum()
        return one
