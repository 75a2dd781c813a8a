"""Events of requests to model servers."""

from __future__ import annotations

from dataclasses import dataclass

from mineru_cli.domain.events.run import RunEvent


@dataclass(frozen=True, slots=True)
class RequestRetried(RunEvent):
    """A request failed and will be retried after ``wait`` seconds."""

    server: str
    code: str
    attempt: int
    wait: float
    worker: int


LATENCY_BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Upper bounds in seconds of the buckets in ``RequestFinished.latencies``; the last bucket has no bound."""


@dataclass(frozen=True, slots=True)
class RequestFinished(RunEvent):
    """Requests that ended at one worker since its last report: ``count`` of one server, kind and outcome.

    ``kind`` is "layout", "page" or a block's type. ``outcome`` is the finish reason ("stop", "length",
    "repetition") or the code of the request's final error. ``seconds`` is the total duration of the
    successful attempts, ``latencies`` their number per bucket of ``LATENCY_BOUNDS``. Sent every few seconds,
    not per request; the last ones of a crashed worker are missing.
    """

    server: str
    kind: str
    outcome: str
    worker: int
    count: int
    seconds: float = 0.0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latencies: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestTrace:
    """One HTTP request to a server, for its span. ``began`` is in Unix seconds.

    ``span`` is the id in the ``traceparent`` header. Each retry is a request of its own: ``resend`` is its
    number, starting at 1, and ``after`` the span of the previous attempt. ``status`` is the HTTP status, None
    without a reply. ``error`` is the code of the error, or "" with ``finish_reason``. An unfinished request
    has neither.
    """

    span: str
    server: str
    kind: str
    began: float
    seconds: float
    resend: int = 0
    after: str = ""
    status: int | None = None
    error: str = ""
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def under_way(self) -> bool:
        """Whether the request has not ended yet."""
        return self.status is None and not self.error


@dataclass(frozen=True, slots=True)
class RequestsTraced(RunEvent):
    """The requests of one sampled page, announced before the page's end; only with tracing.

    ``page`` is None for requests about the document as a whole. ``began`` and ``ended`` are Unix seconds.
    Requests of a slow page are announced early with ``unfinished``; those without an answer are sent again
    with the same span when they have ended.
    """

    document: str
    page: int | None
    worker: int
    began: float
    ended: float
    requests: tuple[RequestTrace, ...]
    unfinished: bool = False
