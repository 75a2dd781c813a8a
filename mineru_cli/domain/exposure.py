"""From where the address of a server can be reached, and whether it is on this machine."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

_OURS = frozenset({"localhost", "::1", "0.0.0.0"})  # noqa: S104  compared with, not bound


def is_local(address: str) -> bool:
    """Whether only this machine can reach the address: a loopback address or ``localhost``."""
    try:
        return ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address.lower() == "localhost"


def on_this_machine(urls: Iterable[str], hostname: str) -> bool:
    """Whether one of these URLs names the machine called ``hostname``, as seen from itself."""
    hosts = [urlsplit(url).hostname or "" for url in urls]
    return any(host in _OURS or host.startswith("127.") or host == hostname.lower() for host in hosts)
