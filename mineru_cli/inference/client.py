"""One model server over HTTP: bytes out, bytes in. Errors of the HTTP libraries are translated here alone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import anyio
import httpx
from httpx_aiohttp import AiohttpTransport

from mineru_cli import __version__
from mineru_cli.errors import (
    InvalidReply,
    RequestTimeout,
    ServerError,
    ServerRefused,
    ServerUnreachable,
    SettingsError,
)
from mineru_cli.inference.connection import connection_was_used, open_transport, proxy_login
from mineru_cli.inference.connection_errors import (
    CONNECT_TIMEOUT,
    SILENT,
    ConnectionLost,
    explain,
    is_not_http,
)
from mineru_cli.inference.reply import URL_HINT, Reply
from mineru_cli.masking import basic, conceal, split_login

_TIMEOUTS = {"timeout": {"connect": CONNECT_TIMEOUT}}
_FOREIGN = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError)
_SLICE = 2**18
_LONGEST_HOST = 253
_LABEL = re.compile(r"[0-9A-Za-z_-]{1,63}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})
_AT_ONCE = 2**20


class Client:
    """A client of the server at ``url`` (no trailing slash, no ``/v1``). Close it with ``aclose``.

    With ``address`` it connects to that IP address, one of several behind the name in ``url``: the Host
    header and TLS still carry the name. ``name`` is shown to users.

    Raises ``SettingsError`` for an invalid address.

    It uses httpx's transport interface rather than ``httpx.AsyncClient``: cookies, redirects and hooks are
    not wanted, and cost 0.18 ms per request.
    """

    def __init__(
        self,
        url: str,
        *,
        address: str | None = None,
        api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        tls_verify: bool | Path = True,
        max_reply_bytes: int = 4 * 2**20,
    ) -> None:
        url, login = split_login(url)
        self._chat = _address(url)
        self.url = url
        self.address = address
        self.name = f"{url} [{address}]" if address else url
        self._max = max_reply_bytes
        own = {"User-Agent": f"mineru-batch/{__version__}", "Accept": "application/json"}
        if login:
            own["Authorization"] = basic(login)
        if key := (api_key or "").strip():
            if login:
                raise SettingsError(
                    f"{url}: a login in the URL and an API key both travel as the Authorization header",
                    hint="give one of them, or the login as a header of the proxy that wants it",
                )
            own["Authorization"] = f"Bearer {key}"
        conceal(key, *(headers or {}).values())
        own["Accept-Encoding"] = "identity"  # a reply is small; one in another encoding is refused
        own.update(proxy_login(url))
        for name in headers or ():
            if name.lower() in _OURS:
                raise SettingsError(f"the header {name} is set by mineru-batch itself", hint="leave it out")
        names = {name.lower() for name in headers or ()}
        own = {name: value for name, value in own.items() if name.lower() not in names}
        self._headers = _headers({**own, **(headers or {})})
        self._post_headers = httpx.Headers({"Content-Type": "application/json", **self._headers})
        self._kept = open_transport(url, address=address, tls_verify=tls_verify, keep=True)
        self._fresh = open_transport(url, address=address, tls_verify=tls_verify, keep=False)

    async def aclose(self) -> None:
        """Close all connections."""
        with anyio.CancelScope(shield=True):
            await self._kept.aclose()
            await self._fresh.aclose()

    async def chat(self, body: bytes, traceparent: str = "") -> Reply:
        """POST a chat request and return the whole reply, whatever its status.

        ``traceparent`` is sent as the header of that name (W3C Trace Context).

        A kept-alive connection that the server closed before it took the request is replaced at once: that is
        the ordinary end of an idle connection, not an error. Raises ``ServerUnreachable``, ``InvalidReply``,
        and ``ServerRefused`` for a certificate that is not trusted.
        """
        try:
            return await self._send(self._kept, self._chat_request(body, traceparent))
        except ConnectionLost as lost:
            if not (lost.silent and connection_was_used.get()):
                raise self._error(lost) from lost.__cause__
        try:
            return await self._send(self._fresh, self._chat_request(body, traceparent))
        except ConnectionLost as lost:
            raise self._error(lost) from lost.__cause__

    async def get(self, path: str, *, within: float) -> Reply:
        """GET ``path`` on a new connection, with a timeout of ``within`` seconds.

        Raises ``RequestTimeout`` and what ``chat`` raises.
        """
        return await self._ask("GET", path, within)

    async def post(self, path: str, *, within: float) -> Reply:
        """As ``get``: a POST without a body."""
        return await self._ask("POST", path, within)

    async def _ask(self, method: str, path: str, within: float) -> Reply:
        request = httpx.Request(method, self.url + path, headers=self._headers, extensions=_TIMEOUTS)
        with anyio.move_on_after(within):
            try:
                return await self._send(self._fresh, request)
            except ConnectionLost as lost:
                raise self._error(lost) from lost.__cause__
        raise RequestTimeout(f"{self.name} gave no answer to {path} within {within:g} s", hint=SILENT)

    def _error(self, lost: ConnectionLost) -> ServerError:
        kind = ServerRefused if lost.hopeless else ServerUnreachable
        return kind(f"{self.name}: {lost.message}", hint=lost.hint)

    def _chat_request(self, body: bytes, traceparent: str) -> httpx.Request:
        if len(body) <= _AT_ONCE:
            request = httpx.Request(
                "POST", self._chat, headers=self._post_headers, content=body, extensions=_TIMEOUTS
            )
        else:
            headers = httpx.Headers({**self._post_headers, "Content-Length": str(len(body))})
            request = httpx.Request(
                "POST", self._chat, headers=headers, stream=_Slices(body), extensions=_TIMEOUTS
            )
        if traceparent:
            request.headers["traceparent"] = traceparent
        return request

    async def _send(self, transport: AiohttpTransport, request: httpx.Request) -> Reply:
        connection_was_used.set(False)
        try:
            response = await transport.handle_async_request(request)
        except _FOREIGN as error:
            if is_not_http(error):
                raise InvalidReply(
                    f"{self.name} answered with something that is not HTTP", hint=URL_HINT
                ) from error
            raise explain(error) from error
        try:
            return Reply(response.status_code, response.headers, await self._read(response))
        except _FOREIGN as error:
            raise ConnectionLost(f"the reply was cut: {explain(error).message}") from error
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response) -> bytes:
        """The raw body: 2 kB of nested gzip would otherwise decompress into gigabytes."""
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise InvalidReply(
                f"{self.name} sent a reply in the encoding {encoding[:40]!r}, which was not asked for",
                hint="a proxy on the way may compress replies: let it heed Accept-Encoding: identity",
                status=response.status_code,
            )
        parts, size = [], 0
        async for part in response.aiter_raw():
            size += len(part)
            if size > self._max:
                raise InvalidReply(
                    f"{self.name} sent a reply of more than {self._max} bytes", status=response.status_code
                )
            parts.append(part)
        return b"".join(parts)


def _headers(values: Mapping[str, str]) -> httpx.Headers:
    """Raises ``SettingsError`` for a value that HTTP cannot carry, without quoting it: it may be a secret."""
    for name, value in values.items():
        if not _HEADER_NAME.fullmatch(name):
            raise SettingsError(f"{name[:80]!r} is not a header's name", hint="write --header 'Name: value'")
        if not value.isascii() or not value.isprintable():
            what = "the API key" if name == "Authorization" else f"the value of the header {name}"
            raise SettingsError(
                f"{what} holds characters that an HTTP header cannot carry",
                hint="line breaks and characters beyond ASCII are not allowed: was it copied whole?",
            )
    return httpx.Headers(dict(values))


def _address(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url + "/v1/chat/completions")
    except httpx.InvalidURL as error:
        raise SettingsError(f"{url!r} is not the address of a server: {error}", hint=URL_HINT) from error
    try:
        host = parsed.host
    except UnicodeError:
        host = "xn--"  # punycode that says nothing
    if not host or (parsed.port is not None and not 0 < parsed.port < 2**16):
        what = "a port is a number up to 65535" if host else "it names no host"
        raise SettingsError(f"{url!r} is not the address of a server: {what}", hint=URL_HINT)
    if not (":" in host or _is_name(parsed.raw_host, host)):  # IPv6 was checked by httpx
        raise SettingsError(
            f"{url!r} is not the address of a server: the host is not a valid name", hint=URL_HINT
        )
    return parsed


def _is_name(raw: bytes, host: str) -> bool:
    """Whether it is a valid DNS name: no empty label, none above 63 bytes, no broken punycode."""
    labels = raw.decode("ascii", "replace").removesuffix(".").split(".")
    return host != "xn--" and len(raw) <= _LONGEST_HOST and all(map(_LABEL.fullmatch, labels))


class _Slices(httpx.AsyncByteStream):
    """A large body in pieces, without copying it, so that other requests are served in between."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        view = memoryview(self._body)
        for start in range(0, len(view), _SLICE):
            yield view[start : start + _SLICE]  # type: ignore[misc]  # aiohttp writes any buffer
