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
        """Resolve the name periodically, add new servers and retire those that disappeared."""
        candidates: dict[str | None, Endpoint] = {}
        try:
            while True:
                await service.pause()
                if wanted := set(await service.addresses()):  # an unknown name is a fault of DNS
                    await self._update(service, wanted, candidates)
        finally:
            for endpoint in candidates.values():
                await endpoint.client.aclose()

    async def _update(
        self, service: DiscoveredService, wanted: set[str | None], candidates: dict[str | None, Endpoint]
    ) -> None:
        """Let the members be those at the ``wanted`` addresses. ``candidates`` are not members yet."""
        for address in candidates.keys() - wanted:
            await candidates.pop(address).client.aclose()
        async with anyio.create_task_group() as tasks:
            for address in wanted - self._at(self.endpoints, service).keys():
                tasks.start_soon(self._admit, service, address, candidates)
        members = self._at(self.endpoints, service)
        if members.keys() & wanted:  # else they are better than none
            for address in members.keys() - wanted:
                self._let_go(members[address])

    @staticmethod
    def _at(endpoints: Sequence[Endpoint], service: DiscoveredService) -> dict[str | None, Endpoint]:
        """Those of the service, by address."""
        return {one.client.address: one for one in endpoints if one.client.url == service.url}

    async def _admit(
        self, service: DiscoveredService, address: str | None, candidates: dict[str | None, Endpoint]
    ) -> None:
        """Add a server that serves the model.

        Others are tried again at the next look-up, the same object: it learns how late the server answers.
        """
        if address in self._at(self._leaving, service):
            return  # it is back before it left: let it leave first
        if address not in candidates:
            candidates[address] = self._make(service, address)
        if await candidates[address].is_back():
            self._join(candidates.pop(address))
            self._changed()

    def _join(self, endpoint: Endpoint) -> None:
        assert self._tasks is not None  # noqa: S101
        self.endpoints.append(endpoint)
        self._tasks.start_soon(self._serve, endpoint)

    def _let_go(self, endpoint: Endpoint) -> None:
        self.endpoints.remove(endpoint)
        self._leaving.append(endpoint)
        endpoint.retire()

    async def _serve(self, endpoint: Endpoint) -> None:
        """Monitor a server for as long as it is a member, or has requests from here."""
        monitor = self._monitor(endpoint)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(monitor.watch)
                tasks.start_soon(monitor.poll)
                await endpoint.drained()
                tasks.cancel_scope.cancel()
        finally:
            if endpoint in self._leaving:
                self._leaving.remove(endpoint)
            await endpoint.client.aclose()
