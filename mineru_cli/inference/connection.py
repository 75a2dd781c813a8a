"""httpx's transport over aiohttp, set up for a model server: keep-alive, proxies, TLS.

Proxies are those of the environment: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, lower or upper case, and NO_PROXY
(names and name endings, no networks). HTTP proxies only: forwarding for ``http://`` servers, CONNECT for
``https://`` ones. Loopback addresses and ``localhost`` never go through a proxy.

Certificates are verified against the first that is given of ``tls_verify``, SSL_CERT_FILE, SSL_CERT_DIR and
certifi's list.
"""

from __future__ import annotations

import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakSet

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from httpx_aiohttp import AiohttpTransport

from mineru_cli.errors import SettingsError
from mineru_cli.masking import split_login

if TYPE_CHECKING:
    from aiohttp import ClientRequest, ClientTimeout
    from aiohttp.connector import Connection
    from aiohttp.http_parser import RawResponseMessage
    from aiohttp.streams import StreamReader
    from aiohttp.tracing import Trace

KEEP_ALIVE = 3.0
"""Seconds an idle connection is kept: less than the 5 s after which vLLM closes it."""

MOST_INTERIM = 16
"""Interim responses to one request: 100, 102 and 103 in practice, once each."""

_LOGIN = "Proxy-Authorization"

connection_was_used: ContextVar[bool] = ContextVar("connection_was_used", default=False)
"""In the task that sent a request: whether its connection was reused, and so may have been stale."""


class _TooManyInterim(aiohttp.ClientError):
    """The server sent 1xx responses without an end."""


class _Bounded(ResponseHandler):
    """Takes a limited number of interim (1xx) responses before a final one: aiohttp skips any number."""

    _interim = 0

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        final = data[0].code >= 200
        self._interim = 0 if final else self._interim + 1
        if self._interim <= MOST_INTERIM:
            super().feed_data(data, size)
        elif self._interim == MOST_INTERIM + 1:
            self.set_exception(_TooManyInterim(f"it sent more than {MOST_INTERIM} interim (1xx) responses"))


class _Abrupt(_Bounded):
    """Closes without waiting for the server's TLS close_notify: the event loop may end before it arrives."""

    def close(self) -> None:
        self.abort()


class _Connector(aiohttp.TCPConnector):
    """Notes whether a connection is new. aiohttp's tracing does the same for a third more CPU per request."""

    def __init__(self, *, tls: ssl.SSLContext | bool, keep: bool, address: str | None) -> None:
        resolver = _OneAddress(address) if address else None
        # Our own limit is the only one: a second one here would hide requests from it.
        if keep:
            super().__init__(limit=0, ssl=tls, resolver=resolver, keepalive_timeout=KEEP_ALIVE)
        else:
            super().__init__(limit=0, ssl=tls, resolver=resolver, force_close=True)
        handler: type[ResponseHandler] = _Abrupt if isinstance(tls, ssl.SSLContext) else _Bounded
        self._factory = partial(handler, loop=self._loop)
        self._known: WeakSet[ResponseHandler] = WeakSet()

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout) -> Connection:
        connection = await super().connect(req, traces, timeout)
        protocol = connection.protocol
        if protocol is not None:
            connection_was_used.set(protocol in self._known)
            self._known.add(protocol)
        return connection


class _OneAddress(AbstractResolver):
    """Resolves every name to one address, so that the name stays in the Host header and in TLS."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=self._address, port=port, family=family, proto=0, flags=flags)
        ]

    async def close(self) -> None:
        """Nothing to close."""


def open_transport(
    url: str, *, tls_verify: bool | Path, keep: bool, address: str | None = None
) -> AiohttpTransport:
    """A transport for one server; with ``keep`` false it opens a new connection per request. No retries.

    ``address`` is the IP address to connect to, whatever the name resolves to. Raises ``SettingsError`` when
    ``tls_verify`` names no certificates, or for a proxy that does not speak HTTP.
    """
    tls = _tls(url, tls_verify)
    return AiohttpTransport(
        verify=tls if isinstance(tls, ssl.SSLContext) else False,
        proxy=proxy_for(url),
        retries=0,
        client=_session(tls, keep, address),
    )


def _session(
    tls: ssl.SSLContext | bool, keep: bool, address: str | None
) -> Callable[[], aiohttp.ClientSession]:
    def make() -> aiohttp.ClientSession:
        # Cookies would tie requests to one backend of a proxy, and cost time.
        return aiohttp.ClientSession(
            connector=_Connector(tls=tls, keep=keep, address=address),
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=2**18,
            auto_decompress=False,
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


def proxy_for(url: str) -> httpx.Proxy | None:
    """The proxy for this server from the environment, if any."""
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or _is_loopback(parts.hostname or "") or proxy_bypass(parts.netloc):
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if not proxy.startswith(("http://", "https://")):
        raise SettingsError(
            f"the environment names a {proxy.partition('://')[0]} proxy: only HTTP proxies can be used",
            hint=f"to reach the server without it: NO_PROXY={parts.hostname}",
        )
    split_login(proxy)  # conceals it
    login = httpx.Proxy(proxy).raw_auth
    headers = {_LOGIN: "Basic " + b64encode(b":".join(login)).decode()} if login else {}
    return httpx.Proxy(httpx.URL(proxy).copy_with(username=None, password=None), headers=headers)


def proxy_login(url: str) -> Mapping[str, str]:
    """The proxy's header for each request to this server; with TLS the tunnel carries it."""
    proxy = proxy_for(url) if url.startswith("http://") else None
    return {_LOGIN: proxy.headers[_LOGIN]} if proxy and _LOGIN in proxy.headers else {}


def _is_loopback(host: str) -> bool:
    """The embedded engine, or another server on this machine: no proxy could reach it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
