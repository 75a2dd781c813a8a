"""Whether one server is alive, by its ``/health``, from as many probes as needed. They may overlap.

A server with too much to do answers late, ``/health`` as well, and is not dead for that. So the time that it
is given follows how long its answers took, and silence alone proves nothing while requests are answered.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream

from mineru_cli.errors import RequestTimeout, ServerError
from mineru_cli.inference.probe import ServerProbe
from mineru_cli.inference.watchdog import Watchdog

SECOND_PROBE = 0.1
"""Seconds until the next probe after a refusal."""

OVERLAP = 1 / 8
"""While a probe is pending the next one follows after this share of what it is given."""

MARGIN = 3.0
"""A probe is given this multiple of what the slowest of the last ones took."""

FORGETTING = 0.8
"""What it is given falls by a fifth with each quick answer: overload passes."""

LONGEST = 30.0
"""The most that a probe is given, in seconds."""

_GATEWAY_TIMEOUT = 504


class AdaptiveTimeout:
    """How long a probe may take, in seconds: at least ``shortest``. Pure."""

    def __init__(self, shortest: float) -> None:
        self._shortest = shortest
        self.seconds = shortest

    def answered(self, after: float) -> None:
        """A probe was answered; it took ``after`` seconds."""
        self._set(max(MARGIN * after, FORGETTING * self.seconds))

    def unanswered(self) -> None:
        """A probe was not answered in time: the next one is given twice as long."""
        self._set(2.0 * self.seconds)

    def _set(self, seconds: float) -> None:
        self.seconds = max(self._shortest, min(seconds, LONGEST))


class HealthCheck:
    """Checks one server. ``shortest`` is what a probe is given at least, in seconds."""

    def __init__(
        self, probe: ServerProbe, watchdog: Watchdog, *, shortest: float, clock: Callable[[], float]
    ) -> None:
        self._probe = probe
        self._watchdog = watchdog
        self._clock = clock
        self._timeout = AdaptiveTimeout(shortest)

    async def alive(self, proven: Callable[[], bool]) -> tuple[bool, str]:
        """Whether it is alive, and why not.

        ``proven``: whether a request was answered since this check began. That settles it, unless a probe was
        refused: a server that shuts down answers what it has and takes nothing new.
        """
        silent = True
        async with self._probing() as outcomes:
            async for outcome in outcomes:
                late = outcome is None or _is_late(outcome)
                if isinstance(outcome, int) and not late:
                    self._watchdog.answered()
                    return outcome < 500, f"/health says {outcome}"
                silent = silent and late
                if silent and proven():
                    break
                if outcome is not None and self._watchdog.missed():
                    if silent:
                        self._timeout.unanswered()
                    why = outcome.message if isinstance(outcome, ServerError) else f"/health says {outcome}"
                    return False, why
        return True, ""

    async def serves(self, model: str) -> bool:
        """Whether ``/health`` and ``/v1/models`` show that requests would be served."""
        async with self._probing() as outcomes:
            while (outcome := await outcomes.receive()) is None:
                pass
        late = _is_late(outcome)
        if isinstance(outcome, int) and outcome < 500:
            try:
                return any(card["id"] == model for card in await self._probe.models(self._timeout.seconds))
            except ServerError as error:
                late = _is_late(error)
        if late:
            self._timeout.unanswered()
        return False

    async def metrics(self) -> str:
        """What ``/metrics`` shows; empty where there is none, or none in time."""
        began = self._clock()
        text = await self._probe.metrics(self._timeout.seconds)
        if text:
            self._timeout.answered(self._clock() - began)
        return text

    @asynccontextmanager
    async def _probing(self) -> AsyncIterator[MemoryObjectReceiveStream[int | ServerError | None]]:
        """What becomes of one probe of ``/health`` after another, as they end, and None before each."""
        within = self._timeout.seconds
        send, outcomes = anyio.create_memory_object_stream[int | ServerError | None]()

        async def probe(ended: anyio.Event) -> None:
            began = self._clock()
            outcome: int | ServerError
            try:
                outcome = await self._probe.health(within)
            except ServerError as error:
                outcome = error
            else:
                self._timeout.answered(self._clock() - began)
            ended.set()
            await send.send(outcome)

        async def probe_repeatedly() -> None:
            while True:
                await send.send(None)
                ended = anyio.Event()
                tasks.start_soon(probe, ended)
                with anyio.move_on_after(OVERLAP * within):
                    await ended.wait()
                    await anyio.sleep(SECOND_PROBE)

        async with send, outcomes, anyio.create_task_group() as tasks:
            tasks.start_soon(probe_repeatedly)
            yield outcomes
            tasks.cancel_scope.cancel()


def _is_late(outcome: int | ServerError) -> bool:
    """Whether the server answered nothing in time, to the probe or to the gateway in front of it."""
    if isinstance(outcome, int):
        return outcome == _GATEWAY_TIMEOUT
    return isinstance(outcome.__cause__, RequestTimeout)
