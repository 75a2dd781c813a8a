"""Describes connection errors: what happened and what to do about it."""

from __future__ import annotations

import os
import ssl

import aiohttp

CONNECT_TIMEOUT = 10.0
"""Seconds until a connection must be established."""

PROXY_LOGIN = (
    "the proxy wants a login: write it into HTTP_PROXY or HTTPS_PROXY as http://USER:PASSWORD@HOST:PORT"
)
_INSECURE = "or pass --insecure when you trust the network"
NOT_THE_NAME = f"use the name or address that the certificate is for, {_INSECURE}"
UNTRUSTED = (
    f"give the certificate of its authority (a self-signed one: itself) with --ca-file FILE, {_INSECURE}"
)
NO_TLS = "if the server speaks plain HTTP, write http:// instead of https://"
NO_NAME = "check the spelling, and that this machine's DNS knows the name"
CLOSED = "is the port right, and is the server up? vLLM opens its port only after it has loaded the model"
SILENT = "is the address right, and does a firewall let it through?"
HUNG_UP = "if the server speaks TLS, write https:// instead of http://"

_PLAIN_TEXT = ("wrong version number", "record layer failure")  # OpenSSL's words for an answer that is no TLS
_NAME_MISMATCH = (62, 63, 64)  # OpenSSL's X509_V_ERR_ HOSTNAME_, EMAIL_ and IP_ADDRESS_MISMATCH


class ConnectionLost(Exception):
    """The connection broke.

    ``silent``: before the first byte of the reply. ``hopeless``: it will fail in the same way next time.
    """

    def __init__(self, message: str, hint: str = "", *, silent: bool = False, hopeless: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.silent = silent
        self.hopeless = hopeless


def explain(error: Exception) -> ConnectionLost:
    """One short sentence, from aiohttp's error: httpx's names for them are misleading."""
    cause = error.__cause__ if isinstance(error.__cause__, aiohttp.ClientError) else error
    if isinstance(cause, aiohttp.ClientConnectorCertificateError):
        return _untrusted(cause.certificate_error)
    if isinstance(cause, aiohttp.ClientConnectorSSLError):
        reason = _reason(cause.os_error)
        return ConnectionLost(f"TLS failed: {reason}", NO_TLS, silent=True, hopeless=reason in _PLAIN_TEXT)
    if isinstance(cause, aiohttp.ClientProxyConnectionError):
        return ConnectionLost(
            f"no connection to the proxy {cause.host}:{cause.port}: {_system(cause)}", silent=True
        )
    if isinstance(cause, aiohttp.ClientHttpProxyError):
        return _refused_by_proxy(cause)
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return ConnectionLost("no such host name", NO_NAME, silent=True)
    if isinstance(cause, aiohttp.ClientConnectorError):
        return ConnectionLost(f"no connection: {_system(cause)}", CLOSED, silent=True)
    if isinstance(cause, aiohttp.ServerDisconnectedError):
        return ConnectionLost("the server closed the connection without an answer", HUNG_UP, silent=True)
    if isinstance(cause, aiohttp.ServerTimeoutError):
        return ConnectionLost(f"no connection within {CONNECT_TIMEOUT:g} s", SILENT, silent=True)
    return ConnectionLost(str(cause) or type(cause).__name__, silent=True)


def is_not_http(error: Exception) -> bool:
    """Whether the peer answered with something that is not HTTP."""
    cause = error if isinstance(error, aiohttp.ClientError) else error.__cause__
    return isinstance(cause, aiohttp.ClientResponseError) and not isinstance(
        cause, aiohttp.ClientHttpProxyError
    )


def _untrusted(error: Exception) -> ConnectionLost:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return ConnectionLost(
            f"its certificate is not trusted: {error}", UNTRUSTED, silent=True, hopeless=True
        )
    hint = NOT_THE_NAME if error.verify_code in _NAME_MISMATCH else UNTRUSTED
    return ConnectionLost(
        f"its certificate is not trusted: {error.verify_message}", hint, silent=True, hopeless=True
    )


def _refused_by_proxy(error: aiohttp.ClientHttpProxyError) -> ConnectionLost:
    login = error.status == 407
    return ConnectionLost(
        f"the proxy answered {error.status} {error.message}".rstrip(),
        PROXY_LOGIN if login else "",
        hopeless=login,
    )


def _reason(error: OSError) -> str:
    reason = getattr(error, "reason", None)
    return str(reason).replace("_", " ").lower() if reason else str(error)


def _system(error: aiohttp.ClientConnectorError) -> str:
    number = error.os_error.errno
    return os.strerror(number) if number else str(error.os_error)
