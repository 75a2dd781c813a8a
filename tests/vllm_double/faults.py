"""Fault injection: which requests a fault hits, and replies that violate HTTP."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from dataclasses import dataclass, field

from aiohttp import web

STATUS = {
    "500": (500, "InternalServerError", "EngineCore encountered an issue."),
    "408": (408, "RequestTimeout", "Request Timeout"),
    "429": (429, "RateLimitError", "Too many requests"),
    "503busy": (503, "Service Unavailable", "The server is at capacity: the queue is full."),
    "400": (400, "BadRequestError", "Failed to load image: cannot identify image file <_io.BytesIO object>"),
    "404model": (404, "NotFoundError", "The model `mineru` does not exist."),
    "501": (501, "NotImplementedError", "The model does not support Chat Completions API"),
}
GATEWAY = "<html><head><title>{0}</title></head><body><h1>{0}</h1>no backend</body></html>"
FINISH = ("abort", "length", "repetition")


@dataclass
class Fault:
    """One rule of fault injection, see the package's docstring."""

    kind: str
    p: float = 1.0
    match: str = ""
    count: int | None = None
    seconds: float | None = None
    retry_after: str | None = None
    bytes: int | None = None
    born: float = field(default_factory=time.monotonic)

    def strikes(self, kind: str, digest: str, draw: float) -> bool:
        """Whether this request is hit; decrements a fault's count."""
        expired = (
            self.kind != "slow" and self.seconds is not None and time.monotonic() - self.born > self.seconds
        )
        wanted = not self.match or self.match == kind or digest.startswith(self.match)
        if expired or not wanted or self.count == 0 or draw >= self.p:
            return False
        if self.count is not None:
            self.count -= 1
        return True


def error_reply(
    status: int, type_: str, text: str, *, param: str | None = None, retry_after: str | None = None
) -> web.Response:
    error = {"message": text, "type": type_, "param": param, "code": status}
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else None
    return web.json_response({"error": error}, status=status, headers=headers)


def drop(request: web.Request, *, reset: bool = False) -> web.Response:
    """Close the connection without a byte; ``reset`` with RST instead of FIN."""
    if request.transport is not None:
        raw = request.transport.get_extra_info("socket")
        if reset and raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()


async def send_half(request: web.Request, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "application/json", "Content-Length": str(len(body))}
    )
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def flood(request: web.Request, size: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    block = b"x" * 65536
    with contextlib.suppress(ConnectionError):
        for _ in range(size // len(block)):
            await response.write(block)
    return response
