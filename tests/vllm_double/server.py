"""The server's lifecycle: listening, refusing, commands, closing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
from typing import Any

from aiohttp import web

from .endpoints import Endpoints
from .slots import Slots
from .state import Counts, Options, State


class Server:
    """The server's lifecycle: listening, refusing, answering. Bound to one event loop."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.state = State(options)
        self.endpoints = Endpoints(self.state)
        self.port = options.port
        self.control_port = 0
        self._tls = _tls_of(options.tls)
        self._listener: web.BaseSite | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def slots(self) -> Slots:
        """The engine's slots."""
        return self.state.slots

    @property
    def counts(self) -> Counts:
        """Counters since the last ``reset_stats``."""
        return self.state.counts

    async def start(self) -> None:
        """Open the control port, then the main one (after ``start_after``)."""
        orders = [web.post("/_control", self._control), web.get("/_stats", self._stats)]
        self.runner = await self._runner([*orders, *self.endpoints.routes()])
        self.control = await self._runner(orders)
        site = web.TCPSite(self.control, self.options.host, 0)
        await site.start()
        self.control_port = self.control.addresses[0][1]
        if not self.port:
            with socket.socket() as probe:
                probe.bind((self.options.host, 0))
                self.port = probe.getsockname()[1]
        if self.options.start_after:
            self._later(self._reopen(self.options.start_after))
        else:
            await self._listen()

    async def stop(self) -> None:
        """Close everything at once."""
        for task in self._tasks:
            task.cancel()
        self._abort_connections()
        for runner in (self.runner, self.control):
            with contextlib.suppress(asyncio.CancelledError):  # of a request that hung until the end
                await runner.cleanup()
        # Connections closed during their TLS handshake are known only to the event loop. Those being accepted
        # meanwhile get their transport a few iterations later.
        for _ in range(5):
            for transport in list(getattr(asyncio.get_running_loop(), "_transports", {}).values()):
                transport.abort()
            await asyncio.sleep(0)

    async def _runner(self, routes: list[web.RouteDef]) -> web.AppRunner:
        app = web.Application(client_max_size=256 * 2**20)
        app.add_routes(routes)
        runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            keepalive_timeout=self.options.keep_alive,
            shutdown_timeout=0.1,
        )
        await runner.setup()
        return runner

    async def _listen(self) -> None:
        self._listener = web.TCPSite(
            self.runner, self.options.host, self.port, backlog=2048, ssl_context=self._tls
        )
        await self._listener.start()

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close(self, *, hold: bool) -> None:
        if self._listener is not None:
            server = self._listener._server  # TCPSite.stop() would wait for the open connections
            if server is not None:
                server.close()
            self.runner._unreg_site(self._listener)
            self._listener = None
        if hold:
            self.slots.tick()
            self.slots.flowing.clear()
        else:
            self._abort_connections()

    async def _reopen(self, after: float) -> None:
        await asyncio.sleep(after)
        if not self.slots.flowing.is_set():
            self._abort_connections()
            self.slots.tick()
            self.slots.flowing.set()
        if self._listener is None:
            await self._listen()

    async def _drain(self) -> None:
        """As SIGTERM with ``--shutdown-timeout``: nothing new is taken, what is here is answered."""
        await self._close(hold=True)
        self.slots.flowing.set()
        server = self.runner.server
        for connection in list(server.connections) if server else []:
            connection.close()  # after its answer, at once where there is none to give

    def _abort_connections(self) -> None:
        server = self.runner.server
        for connection in list(server.connections) if server else []:
            if connection.transport is not None:
                connection.transport.abort()

    async def _control(self, request: web.Request) -> web.Response:
        order = await request.json()
        self.state.obey(order)
        if order.get("close_idle"):
            self._abort_connections()
        await self._life(order)
        return web.json_response({"ok": True})

    async def _life(self, order: dict[str, Any]) -> None:
        if order.get("die"):
            os._exit(9)
        if order.get("refuse"):
            await self._close(hold=bool(order.get("hold")))
            self._later(self._reopen(order["refuse"]))
        if order.get("dead"):
            await self._close(hold=bool(order.get("hold")))
        if order.get("drain"):
            await self._drain()
        if order.get("dead") is False:
            await self._reopen(0)

    async def _stats(self, request: web.Request) -> web.Response:
        return web.json_response(self.stats())

    def stats(self) -> dict[str, Any]:
        """Counters since the start or the last ``reset_stats``."""
        return self.state.stats()


def _tls_of(pem: str) -> ssl.SSLContext | None:
    if not pem:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
