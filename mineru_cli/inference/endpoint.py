"""One server of the fleet: client, breaker, concurrency, watchdog, and its requests in flight."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import anyio

from mineru_cli.domain.events import BreakerChanged, BreakerState, Event
from mineru_cli.domain.request import Completion
from mineru_cli.errors import (
    RequestCancelledByWatchdog,
    RequestRejected,
    RequestTimeout,
    ServerBusy,
    ServerRefused,
)
from mineru_cli.inference.breaker import Breaker
from mineru_cli.inference.busy import BusyGate
from mineru_cli.inference.client import Client
from mineru_cli.inference.concurrency import Adaptive
from mineru_cli.inference.health_check import HealthCheck
from mineru_cli.inference.probe import ServerProbe
from mineru_cli.inference.reply import read_completion
from mineru_cli.inference.retry import retry_after
from mineru_cli.inference.watchdog import Watchdog
from mineru_cli.settings import Resilience
from mineru_cli.telemetry.vllm import ServerLoad, read_load

FRESH_VERDICT = 0.2
"""Seconds for which a health check stays valid: many requests fail at the same moment."""


class _Flight:
    """A request in flight."""

    __slots__ = ("reason", "scope")

    def __init__(self, scope: anyio.CancelScope) -> None:
        self.scope = scope
        self.reason = ""


class Endpoint:
    """Sends requests to one server and counts them.

    ``worker`` is the number of the worker that sends them. ``changed`` is called when a slot may have become
    free, ``lost`` when the breaker opens.
    """

    def __init__(
        self,
        client: Client,
        model: str,
        resilience: Resilience,
        *,
        clock: Callable[[], float],
        random: Callable[[], float],
        worker: int,
        adaptive: Adaptive | None,
        announce: Callable[[Event], None],
        changed: Callable[[], None],
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self.client = client
        self.name = client.name
        self.adaptive = adaptive
        self.in_flight = 0
        self.sent = 0
        self.unavailable_since: float | None = None
        self._worker = worker
        self._model = model
        self._clock = clock
        self._announce = announce
        self._changed = changed
        self._lost = lost
        self.breaker = Breaker(resilience.breaker, clock=clock, random=random, changed=self._breaker_changed)
        self.busy = BusyGate(resilience.retry, clock=clock, random=random)
        self.watchdog = Watchdog(resilience.watchdog, clock=clock)
        self._health = HealthCheck(
            ServerProbe(client), self.watchdog, shortest=resilience.watchdog.probe_timeout, clock=clock
        )
        self._answered_at = float("-inf")
        self._flights: set[_Flight] = set()
        self._pending_checks = 0
        self._running_check: anyio.Event | None = None
        self._verdict = (float("-inf"), True)
        self._retired = False
        self._drained = anyio.Event()
        self.wake = anyio.Event()

    @property
    def has_room(self) -> bool:
        """Whether one more request may be sent to this server now."""
        if self._retired or self._pending_checks or not self.breaker.admits:
            return False
        limit = self.adaptive.limit if self.adaptive else 2**31
        return self.in_flight < self.busy.room(limit)

    def enter(self) -> int:
        """Take a slot. Pass the returned value to ``send``, or to ``leave`` when nothing is sent."""
        if not self.in_flight:
            self.watchdog.progressed()
        self.in_flight += 1
        self.sent += 1
        return self.breaker.enter()

    def leave(self, generation: int) -> None:
        """Give the slot back."""
        self.in_flight -= 1
        self.breaker.leave(generation)
        self._check_drained()

    def blame(self, generation: int) -> None:
        """A request failed although the server is alive: count it against the server."""
        self.breaker.record(generation, False)
        if self.adaptive is not None:
            self.adaptive.failed()

    async def send(
        self,
        body: bytes,
        generation: int,
        timeout: float,  # noqa: ASYNC109
        traceparent: str = "",
    ) -> Completion:
        """Send once, in the slot taken with ``enter``; the slot is free when this ends.

        Raises a ``ServerError``. The caller finds out whether a failure is the server's fault.
        """
        began = self._clock()
        try:
            completion = await self._ask(body, timeout, traceparent)
        except ServerBusy as error:
            self._was_busy(error)
            raise
        except (RequestRejected, ServerRefused):
            self._answered(generation)
            raise
        finally:
            self.leave(generation)
        seconds = self._clock() - began
        if self.adaptive is not None:
            self.adaptive.succeeded(seconds)
        self._answered(generation)
        return replace(completion, seconds=seconds)

    def take_back(self, reason: str) -> None:
        """Cancel everything in flight here; it goes to another server, or waits for this one."""
        for flight in self._flights:
            flight.reason = reason
            flight.scope.cancel()
        if self.adaptive is not None:
            self.adaptive.lost()

    async def alive_after_failure(self) -> bool:
        """As ``alive``, after a failed request: nothing more is sent before the result is known."""
        if self._retired:
            return False
        self._pending_checks += 1
        try:
            return await self.alive()
        finally:
            self._pending_checks -= 1
            self._check_drained()

    def retire(self) -> None:
        """Send it no more requests: its address no longer belongs to the service."""
        self._retired = True
        self._check_drained()

    async def drained(self) -> None:
        """Wait until it is retired and has no request in flight."""
        await self._drained.wait()

    def _check_drained(self) -> None:
        if self._retired and not self.in_flight and not self._pending_checks:
            self._drained.set()

    async def alive(self) -> bool:
        """Whether ``/health`` answers without a 5xx, or a request is answered. Opens the breaker if not.

        Concurrent callers share one health check.
        """
        while self._running_check is not None:
            await self._running_check.wait()
        seen, verdict = self._verdict
        if self._clock() - seen < FRESH_VERDICT:
            return verdict
        self._running_check = anyio.Event()
        began = self._clock()
        try:
            verdict, reason = await self._health.alive(lambda: self._answered_at > began)
            self._verdict = (self._clock(), verdict)
        finally:
            self._running_check.set()
            self._running_check = None
        if not verdict:
            self.breaker.trip(reason, lost=True)
        return verdict

    async def is_back(self) -> bool:
        """Whether ``/health`` and ``/v1/models`` show that requests would be served."""
        return await self._health.serves(self._model)

    async def load(self) -> ServerLoad | None:
        """The server's own load, None when it does not report it."""
        return read_load(await self._health.metrics())

    async def _ask(self, body: bytes, timeout: float, traceparent: str) -> Completion:  # noqa: ASYNC109
        with anyio.move_on_after(timeout) as scope:
            flight = _Flight(scope)
            self._flights.add(flight)
            try:
                reply = await self.client.chat(body, traceparent)
                return read_completion(reply, now=time.time(), server=self.name)
            finally:
                self._flights.discard(flight)
        if flight.reason:
            raise RequestCancelledByWatchdog(f"{self.name}: {flight.reason}")
        raise RequestTimeout(f"{self.name} gave no answer within {timeout:g} s")

    def _was_busy(self, error: ServerBusy) -> None:
        self._answered_at = self._clock()
        self.busy.busy(retry_after(error) or None)
        if self.adaptive is not None:
            self.adaptive.busy()
        if self.unavailable_since is None:
            self.unavailable_since = self._clock()
        self.wake.set()

    def _answered(self, generation: int) -> None:
        self.breaker.record(generation, True)
        self.busy.answered()
        self.watchdog.progressed()
        self._answered_at = self._clock()
        self.unavailable_since = None

    def _breaker_changed(self, state: BreakerState, reason: str) -> None:
        if state == "open":
            if self.unavailable_since is None:
                self.unavailable_since = self._clock()
            self._lost()
        if state == "half-open":
            self.watchdog.start_over()
        self._announce(BreakerChanged(self.name, state, reason, self._worker))
        self.wake.set()
        self._changed()
