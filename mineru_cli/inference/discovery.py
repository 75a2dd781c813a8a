"""Service discovery: the addresses behind the name in a ``--server-url``, resolved periodically.

A Kubernetes headless service has one address per pod, and they change. Each address becomes a server of the
fleet. A name with one address is left to the connection, which resolves it itself.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import anyio

from mineru_cli.inference.connection import proxy_for

EVERY = 10.0
"""Seconds between two look-ups: the TTL of cluster DNS is 5 to 30."""

LONGEST_LOOKUP = 5.0

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host name and a port to IP addresses. Raises ``OSError`` when the name is not known."""


async def resolve_name(host: str, port: int) -> list[str]:
    """Resolve with the system's resolver."""
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [sockaddr[0] for *_, sockaddr in found]


class DiscoveredService:
    """One ``--server-url``. ``refresh_now`` triggers the next look-up early."""

    def __init__(self, url: str, *, resolve: Resolve, sleep: Callable[[float], Awaitable[None]]) -> None:
        parts = urlsplit(url)
        self.url = url
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._resolve = resolve
        self._sleep = sleep
        self._refresh_requested = anyio.Event()
        self._was_several = False

    @property
    def is_fixed(self) -> bool:
        """Whether there is nothing to resolve: an IP address, or a proxy that resolves the name."""
        try:
            ip_address(self._host)
        except ValueError:
            return proxy_for(self.url) is not None
        return True

    async def addresses(self) -> tuple[str | None, ...]:
        """The addresses to connect to now; None means the name itself. Empty for an unknown name."""
        found: Sequence[str] = ()
        with anyio.move_on_after(LONGEST_LOOKUP):
            try:
                found = _of_one_family(await self._resolve(self._host, self._port))
            except OSError:
                return ()
        self._was_several = self._was_several or len(found) > 1
        return tuple(found) if self._was_several or not found else (None,)

    def refresh_now(self) -> None:
        """A server behind the name is lost: resolve it again now."""
        self._refresh_requested.set()

    async def pause(self) -> None:
        """Wait until the next look-up is due."""
        async with anyio.create_task_group() as tasks:

            async def nap() -> None:
                await self._sleep(EVERY)
                tasks.cancel_scope.cancel()

            tasks.start_soon(nap)
            await self._refresh_requested.wait()
            tasks.cancel_scope.cancel()
        self._refresh_requested = anyio.Event()


def _of_one_family(addresses: Sequence[str]) -> list[str]:
    """Each address once, of the family that has more of them (IPv4 when equal).

    One server often has an address of each family, and must not count twice.
    """
    unique = list(dict.fromkeys(addresses))
    old = [address for address in unique if ":" not in address]
    new = [address for address in unique if ":" in address]
    return new if len(new) > len(old) else old
