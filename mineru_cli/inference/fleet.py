"""All servers of a run as one: whoever has a request to ask asks the fleet.

A request waits in one line for a slot, goes to the server with the fewest of ours in flight, and comes back
as a completion or as an error that asking again cannot help. While no server is there it waits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from types import TracebackType

import anyio

from mineru_cli.domain.events import Event, RequestRetried
from mineru_cli.domain.request import Completion, VisionRequest
from mineru_cli.errors import (
    GenerationAborted,
    RequestError,
    RequestTakenBack,
    RequestTimeout,
    ServerBusy,
    ServerUnreachable,
)
from mineru_cli.inference.body import encode
from mineru_cli.inference.client import Client
from mineru_cli.inference.concurrency import Adaptive
from mineru_cli.inference.discovery import Resolve, Service, resolve_name
from mineru_cli.inference.keeper import Keeper
from mineru_cli.inference.line import Ticket, WaitingLine
from mineru_cli.inference.members import Members
from mineru_cli.inference.node import Node, Timing
from mineru_cli.inference.retry import History, after_busy, after_fault, after_loss, ask_again, budget
from mineru_cli.settings import Resilience, Settings

_BYTES_A_CHARACTER = 6  # a character written as a JSON escape
_ENVELOPE = 65_536  # everything in a reply but its text
_GATEWAY = (502, 503, 504)


@dataclass(frozen=True, slots=True)
class FleetSettings:
    """What a fleet needs of the settings.

    ``limit`` is this worker's share of the requests in flight: exact, or, when ``adaptive``, where to start.
    ``share`` (0-1] is this worker's share of all the workers.
    """

    limit: int
    adaptive: bool = False
    share: float = 1.0
    api_key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    tls_verify: bool | Path = True
    request_timeout: float = 600.0
    max_reply_bytes: int = 4 * 2**20
    resilience: Resilience = field(default_factory=Resilience)

    @classmethod
    def of(
        cls, settings: Settings, *, limit: int, adaptive: bool, share: float | None = None
    ) -> FleetSettings:
        """From a run's settings; ``share`` is read off the starting limit when it is not given."""
        if share is None:
            share = min(1.0, limit / settings.resilience.adaptive.start) if adaptive else 1.0
        return cls(
            limit=limit,
            adaptive=adaptive,
            share=share,
            api_key=settings.api_key.get_secret_value() if settings.api_key else None,
            headers=settings.headers,
            tls_verify=settings.tls_verify,
            request_timeout=settings.request_timeout,
            max_reply_bytes=settings.limits.max_reply_chars * _BYTES_A_CHARACTER + _ENVELOPE,
            resilience=settings.resilience,
        )


class _Job:
    """A request on its way."""

    __slots__ = ("body", "failed_on", "history", "number", "priority", "request")

    def __init__(self, request: VisionRequest, priority: float, number: int) -> None:
        self.request = request
        self.priority = priority
        self.number = number
        self.body: bytes | None = None
        self.failed_on: Node | None = None
        self.history = History()


_Slot = tuple[Node, int]


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
        self._line: WaitingLine[_Slot] = WaitingLine()
        self._members = Members(
            [Service(url, resolve=resolve, sleep=sleep) for url in servers],
            make=self._node,
            keeper=self._keeper,
            changed=self._pump,
            shuffle=random.shuffle,
        )
        self._asked = 0
        self._open_asks = 0
        self._busy_since = 0.0
        self._last_good = float("-inf")
        self._asking_again = 0
        self.answered = 0
        """Requests that came back with a completion."""

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
        return len(self._line)

    @property
    def in_flight(self) -> int:
        """Requests that a server has."""
        return self._members.in_flight

    @property
    def limit(self) -> int:
        """Requests that may be in flight: the number set, or what the servers were found to take."""
        if not self._settings.adaptive:
            return self._limit
        return max(1, sum(_limit_of(node) for node in self._members.nodes if node.breaker.state != "open"))

    @property
    def available(self) -> bool:
        """Whether some server is there."""
        return any(node.breaker.state != "open" for node in self._members.nodes)

    @property
    def unavailable_since(self) -> float | None:
        """Since when (on the fleet's clock) requests wait in vain: each server is gone, or always busy."""
        since = [node.unavailable_since for node in self._members.nodes]
        known = [moment for moment in since if moment is not None]
        if not self._open_asks or len(known) < len(since):
            return None
        return max(*known, self._busy_since)

    def set_limit(self, limit: int) -> None:
        """From now on keep at most ``limit`` in flight; an adaptive fleet finds its number below it."""
        self._limit = max(1, limit)
        for node in self._members.nodes:
            if node.adaptive is not None:
                node.adaptive.cap(self._limit)
        self._pump()

    async def ask(
        self, request: VisionRequest, *, priority: float = 0.0, deadline: float | None = None
    ) -> Completion:
        """The model's answer. Lower ``priority`` goes first; ``deadline`` is a time on the fleet's clock.

        Waits for a slot, and for a server while there is none. Raises ``RequestRejected``, a retryable
        ``RequestError`` that outlived its attempts, ``RequestTimeout`` at the deadline, a ``ServerRefused``.
        """
        if not self._open_asks:
            self._busy_since = self._clock()
        self._open_asks += 1
        self._asked += 1
        job = _Job(request, priority, self._asked)
        try:
            if deadline is None:
                return await self._complete(job)
            with anyio.move_on_after(max(0.0, deadline - self._clock())):
                return await self._complete(job)
        finally:
            self._open_asks -= 1
        raise RequestTimeout(
            "the document's deadline passed before the model answered",
            hint="raise --document-deadline, and give the command --retry-failed",
        )

    async def _complete(self, job: _Job) -> Completion:
        try:
            completion = await self._attempt(job)
        except RequestError as first:
            if not job.history.again:
                raise
            completion = await self._again(job, first)
        return completion if job.history.sent == 1 else replace(completion, attempts=job.history.sent)

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
            self._announce(RequestRetried(server, last.code, job.history.sent, wait))

        return await ask_again(attempt, job.history, sleep=self._sleep, before_sleep=announce)

    async def _attempt(self, job: _Job) -> Completion:
        node, era = await self._slot(job)
        again = job.history.faults > 0
        self._asking_again += again
        job.history.sent += 1
        try:
            if job.body is None:
                job.body = encode(job.request, self._model)
            sent_at = self._clock()
            completion = await node.send(job.body, era, self._settings.request_timeout)
            self._last_good = max(self._last_good, sent_at)
            self.answered += 1
            return completion
        except RequestError as error:
            job.failed_on = node
            await self._judge(job, node, era, error)
            raise
        finally:
            self._asking_again -= again
            self._pump()

    async def _judge(self, job: _Job, node: Node, era: int, error: RequestError) -> None:
        """Decide in the job's history whether and when it is asked again."""
        retry, random = self._settings.resilience.retry, self._random.random
        if not error.retryable:
            job.history.again = False
        elif isinstance(error, ServerBusy):
            after_busy(job.history, error, retry, random)
        elif isinstance(error, RequestTakenBack) or (_about_the_server(error) and not await node.survived()):
            after_loss(job.history)
        else:
            node.blame(era)
            now, good = self._clock(), self._last_good
            if after_fault(job.history, error, retry, random, now=now, last_good=good):
                node.breaker.trip("no request succeeds any more")

    async def _slot(self, job: _Job) -> _Slot:
        """Wait in the line for a slot on a server."""
        event = anyio.Event()
        ticket: Ticket[_Slot] = Ticket(
            job.priority, job.number, failed=job.history.faults > 0, avoid=job.failed_on, wake=event.set
        )
        self._line.join(ticket)
        self._pump()
        try:
            if ticket.given is None:
                await event.wait()
        except BaseException:
            self._line.leave(ticket)
            if ticket.given is not None:
                node, era = ticket.given
                node.leave(era)
                self._pump()
            raise
        assert ticket.given is not None  # noqa: S101
        return ticket.given

    def _pump(self) -> None:
        """Give free slots to those who wait, until there are no slots or nobody waits."""
        retry = self._settings.resilience.retry
        while len(self._line):
            in_flight = self.in_flight
            if not self._settings.adaptive and in_flight >= self._limit:
                return
            free = [node for node in self._members.nodes if node.has_room]
            if not free:
                return
            ticket = self._line.first(
                with_failed=self._asking_again < budget(retry, in_flight),
                fresh_first=all(node.breaker.state != "closed" for node in free),
            )
            if ticket is None:
                return
            self._line.take(ticket)
            others = [node for node in free if node is not ticket.avoid] if ticket.failed else free
            node = min(others or free, key=_load_of)
            ticket.given = (node, node.enter())
            ticket.wake()

    def _node(self, service: Service, address: str | None) -> Node:
        settings = self._settings
        client = Client(
            service.url,
            address=address,
            api_key=settings.api_key,
            headers=settings.headers,
            tls_verify=settings.tls_verify,
            max_reply_bytes=settings.max_reply_bytes,
        )
        return Node(
            client,
            self._model,
            settings.resilience,
            Timing(self._clock, self._random.random),
            adaptive=self._adaptive(),
            announce=self._announce,
            changed=self._pump,
            lost=service.hurry,
        )

    def _adaptive(self) -> Adaptive | None:
        if not self._settings.adaptive:
            return None
        start = max(1, -(-self._limit // self._members.expected))
        return Adaptive(self._settings.resilience.adaptive, start=start, share=self._settings.share)

    def _keeper(self, node: Node) -> Keeper:
        return Keeper(
            node,
            self._settings.resilience.watchdog,
            share=self._settings.share,
            announce=self._announce,
            changed=self._pump,
        )


def _limit_of(node: Node) -> int:
    return node.adaptive.limit if node.adaptive else 0


def _load_of(node: Node) -> tuple[int, int]:
    return node.in_flight, node.sent


def _about_the_server(error: RequestError) -> bool:
    """Whether the error may mean that the server is gone, so that ``/health`` should be asked."""
    return isinstance(error, ServerUnreachable | GenerationAborted) or error.status in _GATEWAY
