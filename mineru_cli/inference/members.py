"""Membership of the fleet: servers join, are monitored, and leave when their address disappears."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType

import anyio
import anyio.abc

from mineru_cli.inference.discovery import DiscoveredService
from mineru_cli.inference.endpoint import Endpoint
from mineru_cli.inference.health_monitor import HealthMonitor


class Members:
    """An async context manager. ``endpoints`` take new requests; those that leave finish theirs.

    ``expected`` is their number at the start.
    """

    def __init__(
        self,
        services: Sequence[DiscoveredService],
        *,
        make: Callable[[DiscoveredService, str | None], Endpoint],
        monitor: Callable[[Endpoint], HealthMonitor],
        changed: Callable[[], None],
        shuffle: Callable[[list[Endpoint]], None],
    ) -> None:
        self.endpoints: list[Endpoint] = []
        self.expected = max(1, len(services))
        self._leaving: list[Endpoint] = []
        self._services = services
        self._make = make
        self._monitor = monitor
        self._changed = changed
        self._shuffle = shuffle
        self._tasks: anyio.abc.TaskGroup | None = None

    async def __aenter__(self) -> Members:
        found: list[tuple[DiscoveredService, tuple[str | None, ...]]] = []

        async def look_up(service: DiscoveredService) -> None:
            found.append((service, () if service.is_fixed else await service.addresses()))

        async with anyio.create_task_group() as tasks:
            for service in self._services:
                tasks.start_soon(look_up, service)
        places = [(service, address) for service, addresses in found for address in addresses or (None,)]
        self.expected = len(places)
        self._tasks = await anyio.create_task_group().__aenter__()
        for service, address in places:
            self._join(self._make(service, address))
        self._shuffle(self.endpoints)  # otherwise every worker would start with the same server
        for service in self._services:
            if not service.is_fixed:
                self._tasks.start_soon(self._follow, service)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._tasks is not None  # noqa: S101
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)

    @property
    def in_flight(self) -> int:
        """Requests in flight, also those on servers that are leaving."""
        return sum(endpoint.in_flight for endpoint in self.endpoints) + sum(
            endpoint.in_flight for endpoint in self._leaving
        )

    async def _follow(self, service: DiscoveredService) -> None:
        """Resolve the name periodically, add new servers and dismiss those that disappeared."""
        while True:
            await service.pause()
            wanted = await service.addresses()
            here = {
                endpoint.client.address: endpoint
                for endpoint in self.endpoints
                if endpoint.client.url == service.url
            }
            new = [address for address in wanted if address not in here]
            stay = [address for address in wanted if address in here]
            stay += [address for address in new if await self._admit(service, address)]
            if stay:  # an unknown name is a fault of DNS, not of the servers
                for address in here.keys() - set(wanted):
                    self._let_go(here[address])

    async def _admit(self, service: DiscoveredService, address: str | None) -> bool:
        """Add a server that serves the model. Others are tried again at the next look-up."""
        for endpoint in self._leaving:
            if (endpoint.client.url, endpoint.client.address) == (service.url, address):
                return False  # it is back before it left: let it leave first
        endpoint = self._make(service, address)
        serves = False
        try:
            serves = await endpoint.is_back()
        finally:
            if not serves:
                await endpoint.client.aclose()
        if serves:
            self._join(endpoint)
            self._changed()
        return serves

    def _join(self, endpoint: Endpoint) -> None:
        assert self._tasks is not None  # noqa: S101
        self.endpoints.append(endpoint)
        self._tasks.start_soon(self._serve, endpoint)

    def _let_go(self, endpoint: Endpoint) -> None:
        self.endpoints.remove(endpoint)
        self._leaving.append(endpoint)
        endpoint.dismiss()

    async def _serve(self, endpoint: Endpoint) -> None:
        """Monitor a server for as long as it is a member, or has requests from here."""
        monitor = self._monitor(endpoint)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(monitor.watch)
                tasks.start_soon(monitor.poll)
                await endpoint.gone()
                tasks.cancel_scope.cancel()
        finally:
            if endpoint in self._leaving:
                self._leaving.remove(endpoint)
            await endpoint.client.aclose()
