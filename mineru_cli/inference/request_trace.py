"""A worker's part in tracing: a ``traceparent`` for each request, and a record of those that are sampled.

No SDK is needed: the records travel as one event per page (``RequestsTraced``), from which the exporter makes
spans.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import TracebackType

from mineru_cli.domain.events import RequestsTraced, RequestTrace
from mineru_cli.domain.request import Completion
from mineru_cli.domain.trace_ids import is_sampled, span_id, trace_id, traceparent
from mineru_cli.errors import MinerUBatchError, RequestError


class Tracing:
    """A worker's tracing. ``ratio`` (0-1) of the pages are sampled.

    ``wall`` returns Unix seconds. ``bits`` returns that many random bits: a page that is read again, after
    its worker died, must not reuse the ids of the lost requests.
    """

    def __init__(
        self, run: str, ratio: float, *, wall: Callable[[], float], bits: Callable[[int], int]
    ) -> None:
        self._run = run
        self._ratio = ratio
        self._trace = trace_id(run)
        self._wall = wall
        self._bits = bits

    def of_page(self, document: str, page: int, *, ago: float = 0.0) -> RequestTraces:
        """For a page's requests; the page was started ``ago`` seconds before."""
        return self._traces(document, page, self._samples(document, page), ago)

    def of_document(self, document: str, pages: tuple[int, ...]) -> RequestTraces:
        """For requests about a whole document: sampled when one of its pages is."""
        return self._traces(document, None, any(self._samples(document, page) for page in pages), 0.0)

    def _samples(self, document: str, page: int) -> bool:
        return is_sampled(span_id(self._run, document, page), self._ratio)

    def _traces(self, document: str, page: int | None, sampled: bool, ago: float) -> RequestTraces:
        return RequestTraces(
            document,
            page,
            self._trace,
            sampled=sampled,
            began=self._wall() - ago,
            wall=self._wall,
            bits=self._bits,
        )


class RequestTraces:
    """The requests that one page sends. Keeps them only when the page is sampled."""

    def __init__(
        self,
        document: str,
        page: int | None,
        trace: str,
        *,
        sampled: bool,
        began: float,
        wall: Callable[[], float],
        bits: Callable[[int], int],
    ) -> None:
        self._document = document
        self._page = page
        self._began = began
        self._bits = bits
        self.trace = trace
        self.sampled = sampled
        self.wall = wall
        self.requests: list[RequestTrace] = []
        self.under_way: dict[str, Sending] = {}
        self._reported: set[str] = set()
        self._reported_ended = 0

    def request(self, kind: str, server: str, *, resend: int, after: str) -> Sending:
        """A context manager around one HTTP request; see ``RequestTrace`` for the values."""
        span = f"{self._bits(64) or 1:016x}"  # all zeros is not a valid id
        return Sending(self, span, kind, server, resend, after)

    def so_far(self, worker: int) -> RequestsTraced | None:
        """What began or ended since the last call, so that it is known should this worker die."""
        ended = self.requests[self._reported_ended :]
        self._reported_ended = len(self.requests)
        unfinished = [one for span, one in self.under_way.items() if span not in self._reported]
        self._reported.update(one.span for one in unfinished)
        if not (ended or unfinished):
            return None
        requests = (*ended, *(one.record() for one in unfinished))
        return RequestsTraced(
            self._document, self._page, worker, self._began, self.wall(), requests, unfinished=True
        )

    def event(self, worker: int) -> RequestsTraced | None:
        """The event to announce once the page has its result; None when it is not sampled."""
        if not self.sampled:
            return None
        return RequestsTraced(
            self._document, self._page, worker, self._began, self.wall(), tuple(self.requests)
        )


class Sending:
    """One HTTP request in flight. ``traceparent`` is the header to send with it."""

    __slots__ = (
        "_after",
        "_began",
        "_completion",
        "_kind",
        "_resend",
        "_server",
        "_traces",
        "span",
        "traceparent",
    )

    def __init__(
        self, traces: RequestTraces, span: str, kind: str, server: str, resend: int, after: str
    ) -> None:
        self._traces = traces
        self.span = span
        self.traceparent = traceparent(traces.trace, span, sampled=traces.sampled)
        self._kind = kind
        self._server = server
        self._resend = resend
        self._after = after
        self._completion: Completion | None = None

    def answered(self, completion: Completion) -> None:
        """The request succeeded."""
        self._completion = completion

    def __enter__(self) -> Sending:
        self._began = 0.0
        if self._traces.sampled:
            self._began = self._traces.wall()
            self._traces.under_way[self.span] = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._traces.sampled:
            self._traces.under_way.pop(self.span, None)
            self._traces.requests.append(self._ended(error))

    def record(self) -> RequestTrace:
        """The request as far as it came."""
        seconds = max(0.0, self._traces.wall() - self._began)
        return RequestTrace(
            self.span, self._server, self._kind, self._began, seconds, self._resend, self._after
        )

    def _ended(self, error: BaseException | None) -> RequestTrace:
        record = self.record()
        if self._completion is not None:
            done = self._completion
            return replace(
                record,
                status=200,
                finish_reason=done.finish_reason,
                prompt_tokens=done.prompt_tokens,
                completion_tokens=done.completion_tokens,
            )
        return replace(
            record,
            status=error.status if isinstance(error, RequestError) else None,
            error=error.code if isinstance(error, MinerUBatchError) else "cancelled",
        )
