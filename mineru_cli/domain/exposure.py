"""Reachability of an address that a server listens on."""

from __future__ import annotations

from ipaddress import ip_address


def is_local(address: str) -> bool:
    """Whether only this machine can reach the address: a loopback address or ``localhost``."""
    try:
        return ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address.lower() == "localhost"
