"""httpx's transport over aiohttp, set up for a model server: keep-alive, proxies, TLS."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakSet

import aiohttp
import httpx
from aiohttp.client_proto import ResponseHandler
from httpx_aiohttp import AiohttpTransport

from mineru_cli.errors import SettingsError

if TYPE_CHECKING:
    from aiohttp import ClientRequest, ClientTimeout
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

KEEP_ALIVE = 3.0
"""Seconds an idle connection is kept: less than the 5 s after which vLLM closes it."""

connection_was_used: ContextVar[bool] = ContextVar("connection_was_used", default=False)
"""In the task that sent a request: whether its connection had carried one before, so may have been stale."""


class _Connector(aiohttp.TCPConnector):
    """Notes whether a connection is fresh. aiohttp's tracing says the same for a third more CPU a request."""

    def __init__(self, *, tls: ssl.SSLContext | bool, keep: bool) -> None:
        # Our own bound is the only one: a second limit here would only hide requests from it.
        if keep:
            super().__init__(limit=0, ssl=tls, keepalive_timeout=KEEP_ALIVE)
        else:
            super().__init__(limit=0, ssl=tls, force_close=True)
        self._known: WeakSet[ResponseHandler] = WeakSet()

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout) -> Connection:
        connection = await super().connect(req, traces, timeout)
        protocol = connection.protocol
        if protocol is not None:
            connection_was_used.set(protocol in self._known)
            self._known.add(protocol)
        return connection


def open_transport(url: str, *, tls_verify: bool | Path, keep: bool) -> AiohttpTransport:
    """A transport for one server; ``keep`` false opens a fresh connection for each request. No retries.

    Raises ``SettingsError`` when ``tls_verify`` names no certificates.
    """
    tls = _tls(url, tls_verify)
    return AiohttpTransport(
        verify=tls if isinstance(tls, ssl.SSLContext) else False,
        proxy=_proxy(url),
        retries=0,
        client=_session(tls, keep),
    )


def _session(tls: ssl.SSLContext | bool, keep: bool) -> Callable[[], aiohttp.ClientSession]:
    def make() -> aiohttp.ClientSession:
        # Cookies would tie requests to one backend of a proxy, and cost time.
        return aiohttp.ClientSession(
            connector=_Connector(tls=tls, keep=keep), cookie_jar=aiohttp.DummyCookieJar(), read_bufsize=2**18
        )

    return make


def _tls(url: str, verify: bool | Path) -> ssl.SSLContext | bool:
    if not url.startswith("https://"):
        return True  # never used, and loading the certificates costs 20 ms
    if isinstance(verify, Path):
        try:
            return ssl.create_default_context(cafile=verify)
        except IsADirectoryError:
            return ssl.create_default_context(capath=verify)
        except OSError as error:
            raise SettingsError(
                f"{verify} holds no certificates: {error}",
                hint="--ca-file takes a PEM file or a folder of them",
            ) from error
    return httpx.create_ssl_context(verify=verify)


def _proxy(url: str) -> httpx.Proxy | None:
    """The proxy that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name for this server, if any."""
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parts.netloc):
        return None
    return httpx.Proxy(proxy if "://" in proxy else f"http://{proxy}")
