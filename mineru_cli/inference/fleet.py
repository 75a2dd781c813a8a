"""All servers of a run as one: every request goes through the fleet.

It waits in one queue for a slot, goes to the server with the fewest requests from here, and returns a
completion or an error that a retry cannot fix. While no server is available it waits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from types import TracebackType

import anyio

from mineru_cli.domain.events import Event, RequestRetried
from mineru_cli.domain.request import Completion, VisionRequest
from mineru_cli.errors import (
    GenerationAborted,
    MinerUBatchError,
    RequestCancelledByWatchdog,
    RequestError,
    RequestTimeout,
    ServerBusy,
    ServerUnreachable,
)
from mineru_cli.inference.body import encode
from mineru_cli.inference.client import Client
from mineru_cli.inference.concurrency import Adaptive
from mineru_cli.inference.discovery import DiscoveredService, Resolve, resolve_name
from mineru_cli.inference.endpoint import Endpoint
from mineru_cli.inference.fleet_settings import FleetSettings
from mineru_cli.inference.health_monitor import HealthMonitor
from mineru_cli.inference.members import Members
from mineru_cli.inference.request_queue import RequestQueue, Waiter
from mineru_cli.inference.request_tally import RequestTally
from mineru_cli.inference.request_trace import RequestTraces
from mineru_cli.inference.retry import History, after_busy, after_fault, after_loss, ask_again, budget

_GATEWAY = (502, 503, 504)


@dataclass(slots=True)
class _Job:
    """A request on its way."""

    request: VisionRequest
    priority: float
    number: int
    traces: RequestTraces | None
    body: bytes | None = None
    failed_on: Endpoint | None = None
    history: History = field(default_factory=History)
    span: str = ""


_Slot = tuple[Endpoint, int]


class Fleet:
    """The servers of one worker process. An async context manager; ``ask`` works inside it.

    A name with several addresses is as many servers, see ``discovery``.
    """

    def __init__(
        self,
        servers: Sequence[str],
        model: str,
        settings: FleetSettings,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        random: Random,
        announce: Callable[[Event], None],
        resolve: Resolve = resolve_name,
    ) -> None:
        self._model = model
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._announce = announce
        self._limit = max(1, settings.limit)
        self._queue: RequestQueue[_Slot] = RequestQueue()
        self._members = Members(
            [DiscoveredService(url, resolve=resolve, sleep=sleep) for url in servers],
            make=self._endpoint,
            monitor=self._monitor,
            changed=self._pump,
            shuffle=random.shuffle,
        )
        self._requests = 0
        self._open_asks = 0
        self._busy_since = 0.0
        self._last_good = float("-inf")
        self._retrying = 0
        self.tally = RequestTally(settings.worker)
        """How requests ended since the last report."""
        self.answered = 0
        """Requests that were answered with a completion."""
        self.last_error: RequestError | None = None
        """The error of the last failed attempt of any request."""

    async def __aenter__(self) -> Fleet:
        await self._members.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._members.__aexit__(kind, error, trace)

    @property
    def queued(self) -> int:
        """Requests that wait for a slot."""
        return len(self._queue)

    @property
    def in_flight(self) -> int:
        """Requests in flight at a server."""
        return self._members.in_flight

    def resize(self, limit: int) -> None:
        """Another share of a fixed number of requests. Those in flight above it are finished."""
        self._limit = max(1, limit)
        self._pump()

    @property
    def limit(self) -> int:
        """Requests that may be in flight: the number set, or what the servers were found to take."""
        if not self._settings.adaptive:
            return self._limit
        return max(
            1,
            sum(
                _limit_of(endpoint)
                for endpoint in self._members.endpoints
                if endpoint.breaker.state != "open"
            ),
        )

    @property
    def unavailable_since(self) -> float | None:
        """Since when (on the fleet's clock) requests are not answered: each server is gone or busy."""
        since = [endpoint.unavailable_since for endpoint in self._members.endpoints]
        known = [moment for moment in since if moment is not None]
        if not self._open_asks or len(known) < len(since):
            return None
        return max(*known, self._busy_since)

    async def ask(
        self,
        request: VisionRequest,
        *,
        priority: float = 0.0,
        deadline: float | None = None,
        traces: RequestTraces | None = None,
    ) -> Completion:
        """The model's answer. Lower ``priority`` goes first; ``deadline`` is a time on the fleet's clock.

        ``traces`` records what is sent, where tracing is on.

        Waits for a slot, and for a server while there is none. Raises ``RequestRejected``, a retryable
        ``RequestError`` that outlived its attempts, ``RequestTimeout`` at the deadline, a ``ServerRefused``.
        """
        if not self._open_asks:
            self._busy_since = self._clock()
        self._open_asks += 1
        self._requests += 1
        job = _Job(request, priority, self._requests, traces)
        try:
            completion = await self._complete_by(job, deadline)
        except MinerUBatchError as error:
            server = job.failed_on.name if job.failed_on else ""
            self.tally.failed(request.kind, server, error.code, max(0, job.history.sent - 1))
            raise
        finally:
            self._open_asks -= 1
        self.tally.answered(request.kind, completion)
        return completion

    async def _complete_by(self, job: _Job, deadline: float | None) -> Completion:
        if deadline is None:
            return await self._complete(job)
        with anyio.move_on_after(max(0.0, deadline - self._clock())):
            return await self._complete(job)
        raise RequestTimeout(
            "the document's deadline passed before the model answered",
            hint="raise --document-deadline, and give the command --retry-failed",
        )

    async def _complete(self, job: _Job) -> Completion:
        try:
            completion = await self._attempt(job)
        except RequestError as first:
            if not job.history.should_retry:
                raise
            completion = await self._again(job, first)
        if job.history.sent == 1:
            return completion
        return replace(completion, attempts=job.history.sent, faults=job.history.faults)

    async def _again(self, job: _Job, first: RequestError) -> Completion:
        """The rest of the attempts. The first one ran outside of tenacity's loop, which costs 0.1 ms."""
        pending: list[RequestError] = [first]
        last = first

        async def attempt() -> Completion:
            nonlocal last
            if pending:
                raise pending.pop()
            try:
                return await self._attempt(job)
            except RequestError as error:
                last = error
                raise

        def announce(wait: float) -> None:
            server = job.failed_on.name if job.failed_on else ""
            self._announce(RequestRetried(server, last.code, job.history.sent, wait, self._settings.worker))

        return await ask_again(attempt, job.history, sleep=self._sleep, before_sleep=announce)

    async def _attempt(self, job: _Job) -> Completion:
        endpoint, generation = await self._slot(job)
        retrying = job.history.faults > 0
        self._retrying += retrying
        job.history.sent += 1
        try:
            if job.body is None:
                job.body = encode(job.request, self._model)
            sent_at = self._clock()
            completion = await self._send(job, job.body, endpoint, generation)
            self._last_good = max(self._last_good, sent_at)
            self.answered += 1
            return completion
        except RequestError as error:
            job.failed_on = endpoint
            self.last_error = error
            await self._judge(job, endpoint, generation, error)
            raise
        finally:
            self._retrying -= retrying
            self._pump()

    async def _send(self, job: _Job, body: bytes, endpoint: Endpoint, generation: int) -> Completion:
        timeout = self._settings.request_timeout
        if job.traces is None:
            return await endpoint.send(body, generation, timeout)
        resend = job.history.sent - 1
        with job.traces.request(job.request.kind, endpoint.name, resend=resend, after=job.span) as trace:
            job.span = trace.span
            completion = await endpoint.send(body, generation, timeout, trace.traceparent)
            trace.answered(completion)
            return completion

    async def _judge(self, job: _Job, endpoint: Endpoint, generation: int, error: RequestError) -> None:
        """Decide in the job's history whether and when it is retried."""
        retry, random = self._settings.resilience.retry, self._random.random
        if not error.retryable:
            job.history.should_retry = False
        elif isinstance(error, ServerBusy):
            after_busy(job.history, error, retry, random)
        elif isinstance(error, RequestCancelledByWatchdog) or (
            _about_the_server(error) and not await endpoint.alive_after_failure()
        ):
            after_loss(job.history)
        else:
            endpoint.blame(generation)
            now, good = self._clock(), self._last_good
            if after_fault(job.history, error, retry, random, now=now, last_good=good):
                endpoint.breaker.trip("no request succeeds any more")

    async def _slot(self, job: _Job) -> _Slot:
        """Wait in the queue for a slot on a server."""
        event = anyio.Event()
        waiter: Waiter[_Slot] = Waiter(
            job.priority, job.number, failed=job.history.faults > 0, avoid=job.failed_on, wake=event.set
        )
        self._queue.join(waiter)
        self._pump()
        try:
            if waiter.given is None:
                await event.wait()
        except BaseException:
            self._queue.leave(waiter)
            if waiter.given is not None:
                endpoint, generation = waiter.given
                endpoint.leave(generation)
                self._pump()
            raise
        assert waiter.given is not None  # noqa: S101
        return waiter.given

    def _pump(self) -> None:
        """Give free slots to those who wait, until there are no slots or no request waits."""
        retry = self._settings.resilience.retry
        while len(self._queue):
            in_flight = self.in_flight
            if not self._settings.adaptive and in_flight >= self._limit:
                return
            free = [endpoint for endpoint in self._members.endpoints if endpoint.has_room]
            if not free:
                return
            waiter = self._queue.first(
                with_failed=self._retrying < budget(retry, in_flight),
                fresh_first=all(endpoint.breaker.state != "closed" for endpoint in free),
            )
            if waiter is None:
                return
            self._queue.take(waiter)
            others = (
                [endpoint for endpoint in free if endpoint is not waiter.avoid] if waiter.failed else free
            )
            endpoint = min(others or free, key=_load_of)
            waiter.given = (endpoint, endpoint.enter())
            waiter.wake()

    def _endpoint(self, service: DiscoveredService, address: str | None) -> Endpoint:
        settings = self._settings
        client = Client(
            service.url,
            address=address,
            api_key=settings.api_key,
            headers=settings.headers_for(service.url),
            tls_verify=settings.tls_verify,
            max_reply_bytes=settings.max_reply_bytes,
        )
        return Endpoint(
            client,
            self._model,
            settings.resilience,
            clock=self._clock,
            random=self._random.random,
            worker=settings.worker,
            adaptive=self._adaptive(),
            announce=self._announce,
            changed=self._pump,
            lost=service.refresh_now,
        )

    def _adaptive(self) -> Adaptive | None:
        if not self._settings.adaptive:
            return None
        start = max(1, -(-self._limit // self._members.expected))
        return Adaptive(self._settings.resilience.adaptive, start=start, share=self._settings.share)

    def _monitor(self, endpoint: Endpoint) -> HealthMonitor:
        return HealthMonitor(
            endpoint,
            self._settings.resilience.watchdog,
            share=self._settings.share,
            announce=self._announce,
            changed=self._pump,
        )


def _limit_of(endpoint: Endpoint) -> int:
    return endpoint.adaptive.limit if endpoint.adaptive else 0


def _load_of(endpoint: Endpoint) -> tuple[int, int]:
    return endpoint.in_flight, endpoint.sent


def _about_the_server(error: RequestError) -> bool:
    """Whether the error may mean that the server is gone, so that ``/health`` should be asked."""
    return isinstance(error, ServerUnreachable | GenerationAborted) or error.status in _GATEWAY
