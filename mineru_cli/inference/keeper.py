"""The tasks that watch a server while it has requests of ours, and look for it when it is gone."""

from __future__ import annotations

from collections.abc import Callable

import anyio

from mineru_cli.domain.events import Event
from mineru_cli.inference.node import Node
from mineru_cli.settings import Watching
from mineru_cli.telemetry.vllm import ServerLoad

LONGEST_PERIOD = 30.0
POLLED_A_SECOND = 4
"""How often all workers of a run together may ask a server for its metrics: the page costs it 5 ms."""


class Keeper:
    """Watches one node. ``changed`` is called when its requests may have room."""

    def __init__(
        self,
        node: Node,
        settings: Watching,
        *,
        share: float,
        announce: Callable[[Event], None],
        changed: Callable[[], None],
    ) -> None:
        self._node = node
        self._settings = settings
        self._announce = announce
        self._changed = changed
        self._period = min(max(1.0 / (POLLED_A_SECOND * share), settings.interval / 2), LONGEST_PERIOD)

    async def watch(self) -> None:
        """Notice a dead server though its requests just hang, and its return."""
        node = self._node
        while True:
            await self._nap()
            silent = node.in_flight and node.watchdog.suspicious and not await node.alive()
            # A server that drains refuses new connections and still answers: only silence condemns it.
            if silent and node.watchdog.suspicious:
                node.take_back("the server does not answer any more")
            if node.breaker.state == "open" and node.breaker.due_in <= 0:
                if await node.is_back():
                    node.breaker.try_again()
                else:
                    node.breaker.still_open()
            if node.busy.shut and node.busy.opens_in <= 0:
                self._changed()

    async def poll(self) -> None:
        """Read the server's metrics while it works for us: they steer us, and show a stuck engine.

        They are read once more after the last request, or views would go on showing what ran then.
        """
        node, worked = self._node, False
        while True:
            await anyio.sleep(self._period)
            if not node.in_flight and not node.busy.shut:
                if worked and node.breaker.state == "closed" and (load := await node.load()):
                    self._announce(load.gauge(node.name))
                worked = False
                continue
            worked = True
            load = None if node.breaker.state == "open" and not node.in_flight else await node.load()
            if load is not None:
                self._announce(load.gauge(node.name))
            self._check_progress(load)
            if node.adaptive is not None and node.breaker.state == "closed":
                node.adaptive.tick(
                    node.in_flight, load.running if load else None, load.waiting if load else None
                )
                self._changed()

    def _check_progress(self, load: ServerLoad | None) -> None:
        node = self._node
        if load is None or not node.in_flight:
            node.watchdog.observed(None, None, None)
            return
        verdict = node.watchdog.observed(load.iterations, load.running, load.waiting)
        if verdict == "stuck":
            node.breaker.trip("the engine is stuck: requests run and nothing moves")
            node.take_back("the engine is stuck")
        elif verdict == "forgetful":
            node.take_back("the server is idle and has forgotten the request")

    async def _nap(self) -> None:
        """Until something is to be done, or something happened."""
        node = self._node
        pause = self._settings.interval / 8
        if node.breaker.state == "open":
            pause = min(pause, node.breaker.due_in)
        if node.busy.shut and node.busy.opens_in > 0:
            pause = min(pause, node.busy.opens_in)
        node.wake = anyio.Event()
        with anyio.move_on_after(max(pause, 0.01)):
            await node.wake.wait()
