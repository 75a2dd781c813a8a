"""Which servers belong to the fleet now: they join, are watched, and leave when their address is gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType

import anyio
import anyio.abc

from mineru_cli.inference.discovery import Service
from mineru_cli.inference.keeper import Keeper
from mineru_cli.inference.node import Node


class Members:
    """An async context manager. ``nodes`` are those that take new work; those that leave finish theirs.

    ``expected`` is how many there were at the start.
    """

    def __init__(
        self,
        services: Sequence[Service],
        *,
        make: Callable[[Service, str | None], Node],
        keeper: Callable[[Node], Keeper],
        changed: Callable[[], None],
        shuffle: Callable[[list[Node]], None],
    ) -> None:
        self.nodes: list[Node] = []
        self.expected = max(1, len(services))
        self._leaving: list[Node] = []
        self._services = services
        self._make = make
        self._keeper = keeper
        self._changed = changed
        self._shuffle = shuffle
        self._tasks: anyio.abc.TaskGroup | None = None

    async def __aenter__(self) -> Members:
        found: list[tuple[Service, tuple[str | None, ...]]] = []

        async def look_up(service: Service) -> None:
            found.append((service, () if service.is_fixed else await service.addresses()))

        async with anyio.create_task_group() as tasks:
            for service in self._services:
                tasks.start_soon(look_up, service)
        places = [(service, address) for service, addresses in found for address in addresses or (None,)]
        self.expected = len(places)
        self._tasks = await anyio.create_task_group().__aenter__()
        for service, address in places:
            self._join(self._make(service, address))
        self._shuffle(self.nodes)  # else every worker would begin with the same server
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
        """Requests that a server has, also one that leaves."""
        return sum(node.in_flight for node in self.nodes) + sum(node.in_flight for node in self._leaving)

    async def _follow(self, service: Service) -> None:
        """Look the name up again and again, let in who is new, let go who is gone."""
        while True:
            await service.pause()
            wanted = await service.addresses()
            here = {node.client.address: node for node in self.nodes if node.client.url == service.url}
            new = [address for address in wanted if address not in here]
            stay = [address for address in wanted if address in here]
            stay += [address for address in new if await self._admit(service, address)]
            if stay:  # an unknown name is DNS's trouble, not the servers'
                for address in here.keys() - set(wanted):
                    self._let_go(here[address])

    async def _admit(self, service: Service, address: str | None) -> bool:
        """Let a server in that serves the model. Others are asked again at the next look-up."""
        for node in self._leaving:
            if (node.client.url, node.client.address) == (service.url, address):
                return False  # it is back before it had gone: let it go first
        node = self._make(service, address)
        serves = False
        try:
            serves = await node.is_back()
        finally:
            if not serves:
                await node.client.aclose()
        if serves:
            self._join(node)
            self._changed()
        return serves

    def _join(self, node: Node) -> None:
        assert self._tasks is not None  # noqa: S101
        self.nodes.append(node)
        self._tasks.start_soon(self._serve, node)

    def _let_go(self, node: Node) -> None:
        self.nodes.remove(node)
        self._leaving.append(node)
        node.dismiss()

    async def _serve(self, node: Node) -> None:
        """Watch a server for as long as it is here, or has work of ours."""
        keeper = self._keeper(node)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(keeper.watch)
                tasks.start_soon(keeper.poll)
                await node.gone()
                tasks.cancel_scope.cancel()
        finally:
            if node in self._leaving:
                self._leaving.remove(node)
            await node.client.aclose()
