"""The tasks that monitor a server while it has requests from here, and probe it while it is unreachable."""

from __future__ import annotations

from collections.abc import Callable

import anyio

from mineru_cli.domain.events import Event
from mineru_cli.inference.endpoint import Endpoint
from mineru_cli.settings import Watching
from mineru_cli.telemetry.vllm import ServerLoad

LONGEST_PERIOD = 30.0
POLLS_PER_SECOND = 4
"""How often all workers of a run together may read a server's metrics: each read costs it 5 ms."""


class HealthMonitor:
    """Monitors one endpoint. ``changed`` is called when a slot may have become free."""

    def __init__(
        self,
        endpoint: Endpoint,
        settings: Watching,
        *,
        share: float,
        announce: Callable[[Event], None],
        changed: Callable[[], None],
    ) -> None:
        self._endpoint = endpoint
        self._settings = settings
        self._announce = announce
        self._changed = changed
        self._period = min(max(1.0 / (POLLS_PER_SECOND * share), settings.interval / 2), LONGEST_PERIOD)

    async def watch(self) -> None:
        """Detect a dead server whose requests only hang, and its recovery."""
        endpoint = self._endpoint
        while True:
            await self._nap()
            silent = endpoint.in_flight and endpoint.watchdog.suspicious and not await endpoint.alive()
            # A draining server refuses new connections and still answers: only silence counts as dead.
            if silent and endpoint.watchdog.suspicious:
                endpoint.take_back("the server does not answer any more")
            if endpoint.breaker.state == "open" and endpoint.breaker.due_in <= 0:
                if await endpoint.is_back():
                    endpoint.breaker.try_again()
                else:
                    endpoint.breaker.still_open()
            if endpoint.busy.shut and endpoint.busy.opens_in <= 0:
                self._changed()

    async def poll(self) -> None:
        """Read the server's metrics while it has our requests: they adapt the limit and show a stuck engine.

        They are read once more after the last request, or views would keep showing its load.
        """
        endpoint, worked = self._endpoint, False
        while True:
            await anyio.sleep(self._period)
            if not endpoint.in_flight and not endpoint.busy.shut:
                if worked and endpoint.breaker.state == "closed" and (load := await endpoint.load()):
                    self._announce(load.gauge(endpoint.name))
                worked = False
                continue
            worked = True
            load = (
                None if endpoint.breaker.state == "open" and not endpoint.in_flight else await endpoint.load()
            )
            if load is not None:
                self._announce(load.gauge(endpoint.name))
            self._check_progress(load)
            if endpoint.adaptive is not None and endpoint.breaker.state == "closed":
                endpoint.adaptive.tick(
                    endpoint.in_flight, load.running if load else None, load.waiting if load else None
                )
                self._changed()

    def _check_progress(self, load: ServerLoad | None) -> None:
        endpoint = self._endpoint
        if load is None or not endpoint.in_flight:
            endpoint.watchdog.observed(None, None, None)
            return
        verdict = endpoint.watchdog.observed(load.iterations, load.running, load.waiting)
        if verdict == "stuck":
            endpoint.breaker.trip("the engine is stuck: requests run and nothing moves")
            endpoint.take_back("the engine is stuck")
        elif verdict == "forgetful":
            endpoint.take_back("the server is idle and has forgotten the request")

    async def _nap(self) -> None:
        """Sleep until the next check is due, or something happened."""
        endpoint = self._endpoint
        pause = self._settings.interval / 8
        if endpoint.breaker.state == "open":
            pause = min(pause, endpoint.breaker.due_in)
        if endpoint.busy.shut and endpoint.busy.opens_in > 0:
            pause = min(pause, endpoint.busy.opens_in)
        endpoint.wake = anyio.Event()
        with anyio.move_on_after(max(pause, 0.01)):
            await endpoint.wake.wait()
