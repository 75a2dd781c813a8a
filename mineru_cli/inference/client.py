"""One model server over HTTP: bytes there, bytes back, foreign errors translated here and nowhere else."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import anyio
import httpx
from httpx_aiohttp import AiohttpTransport

from mineru_cli import __version__
from mineru_cli.errors import InvalidReply, RequestTimeout, ServerUnreachable
from mineru_cli.inference.connection import connection_was_used, open_transport
from mineru_cli.inference.reply import Reply

CONNECT_TIMEOUT = 10.0
_TIMEOUTS = {"timeout": {"connect": CONNECT_TIMEOUT}}
_FOREIGN = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError)
_SLICE = 2**18
_AT_ONCE = 2**20


class _Lost(Exception):
    """The connection broke. ``silent``: before any byte of the reply came."""

    def __init__(self, message: str, *, silent: bool) -> None:
        super().__init__(message)
        self.silent = silent


class Client:
    """Speaks to the server at ``url`` (no trailing slash, no ``/v1``). Close with ``aclose``.

    Goes through httpx's transport interface, not through ``httpx.AsyncClient``: no cookies, no redirects, no
    hooks are wanted, and they cost 0.18 ms a request.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        tls_verify: bool | Path = True,
        max_reply_bytes: int = 4 * 2**20,
    ) -> None:
        self.url = url
        self._max = max_reply_bytes
        own = {"User-Agent": f"mineru-batch/{__version__}", "Accept": "application/json"}
        if api_key:
            own["Authorization"] = f"Bearer {api_key}"
        # No compression: a reply is small, and what is not compressed cannot unfold into gigabytes.
        own["Accept-Encoding"] = "identity"
        self._headers = httpx.Headers({**own, **(headers or {})})
        self._post_headers = httpx.Headers({"Content-Type": "application/json", **self._headers})
        self._chat = httpx.URL(url + "/v1/chat/completions")
        self._kept = open_transport(url, tls_verify=tls_verify, keep=True)
        self._fresh = open_transport(url, tls_verify=tls_verify, keep=False)

    async def aclose(self) -> None:
        """Close all connections."""
        with anyio.CancelScope(shield=True):
            await self._kept.aclose()
            await self._fresh.aclose()

    async def chat(self, body: bytes) -> Reply:
        """POST a chat request and read the whole reply, whatever its status.

        A kept connection that the server closed before it took the request is replaced at once: that is the
        ordinary end of an idle connection and no error. Raises ``ServerUnreachable``, ``InvalidReply``.
        """
        try:
            return await self._send(self._kept, self._chat_request(body))
        except _Lost as lost:
            if not (lost.silent and connection_was_used.get()):
                raise ServerUnreachable(f"{self.url}: {lost}") from lost.__cause__
        try:
            return await self._send(self._fresh, self._chat_request(body))
        except _Lost as lost:
            raise ServerUnreachable(f"{self.url}: {lost}") from lost.__cause__

    async def get(self, path: str, *, within: float) -> Reply:
        """GET ``path`` on a connection of its own, ``within`` so many seconds.

        Raises ``ServerUnreachable``, ``RequestTimeout``, ``InvalidReply``.
        """
        request = httpx.Request("GET", self.url + path, headers=self._headers, extensions=_TIMEOUTS)
        with anyio.move_on_after(within):
            try:
                return await self._send(self._fresh, request)
            except _Lost as lost:
                raise ServerUnreachable(f"{self.url}: {lost}") from lost.__cause__
        raise RequestTimeout(f"{self.url}{path} gave no answer within {within:g} s")

    def _chat_request(self, body: bytes) -> httpx.Request:
        if len(body) <= _AT_ONCE:
            return httpx.Request(
                "POST", self._chat, headers=self._post_headers, content=body, extensions=_TIMEOUTS
            )
        headers = httpx.Headers({**self._post_headers, "Content-Length": str(len(body))})
        return httpx.Request("POST", self._chat, headers=headers, stream=_Slices(body), extensions=_TIMEOUTS)

    async def _send(self, transport: AiohttpTransport, request: httpx.Request) -> Reply:
        connection_was_used.set(False)
        try:
            response = await transport.handle_async_request(request)
        except _FOREIGN as error:
            raise _Lost(_explain(error), silent=not _is_bad_http(error)) from error
        try:
            return Reply(response.status_code, response.headers, await self._read(response))
        except _FOREIGN as error:
            raise _Lost(f"the reply was cut: {_explain(error)}", silent=False) from error
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response) -> bytes:
        parts, size = [], 0
        async for part in response.aiter_bytes():
            size += len(part)
            if size > self._max:
                raise InvalidReply(
                    f"{self.url} sent a reply of more than {self._max} bytes", status=response.status_code
                )
            parts.append(part)
        return b"".join(parts)


class _Slices(httpx.AsyncByteStream):
    """A large body in pieces, without copying it: other requests get their turn between them."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        view = memoryview(self._body)
        for start in range(0, len(view), _SLICE):
            yield view[start : start + _SLICE]  # type: ignore[misc]  # aiohttp writes any buffer


def _is_bad_http(error: Exception) -> bool:
    return isinstance(error, aiohttp.ClientResponseError)


def _explain(error: Exception) -> str:
    """One short sentence, from the error that aiohttp raised: httpx's names for them mislead."""
    cause = error.__cause__ if isinstance(error.__cause__, aiohttp.ClientError) else error
    if isinstance(cause, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return f"TLS failed: {cause}"
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return "no such host name"
    if isinstance(cause, aiohttp.ClientConnectorError):
        number = cause.os_error.errno
        return f"no connection: {os.strerror(number) if number else cause.os_error}"
    if isinstance(cause, aiohttp.ServerDisconnectedError):
        return "the server closed the connection without an answer"
    if isinstance(cause, aiohttp.ServerTimeoutError):
        return f"no connection within {CONNECT_TIMEOUT:g} s"
    return str(cause) or type(cause).__name__
