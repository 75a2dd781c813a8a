"""A proxy before an HTTP server that answers a share of requests with an error, or not at all."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
_HOP = frozenset({"connection", "transfer-encoding", "keep-alive"})


class FaultyProxy:
    """``share`` of the requests fail: a third each with 503 SlowDown, with 500, and with a cut connection."""

    def __init__(self, target: str, share: float, seed: int = 1) -> None:
        self._target = urlsplit(target).netloc
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.share = share
        self.requests = 0
        self.failed = 0
        self.methods: dict[str, int] = {}
        self.url = ""

    def fault(self, method: str) -> str:
        """What happens to the next request: "" where it goes on its way."""
        with self._lock:
            self.requests += 1
            self.methods[method] = self.methods.get(method, 0) + 1
            if self._random.random() >= self.share:
                return ""
            self.failed += 1
            return self._random.choice(["busy", "broken", "cut"])

    def forward(self, handler: BaseHTTPRequestHandler) -> None:
        """Carry one request to the server, and its answer back."""
        length = int(handler.headers.get("content-length") or 0)
        body = handler.rfile.read(length)
        fault = self.fault(handler.command)
        if fault == "cut":
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        if fault:
            _answer(handler, 503 if fault == "busy" else 500, {}, SLOW_DOWN if fault == "busy" else b"")
            return
        upstream = HTTPConnection(self._target, timeout=60)
        try:
            headers = {name: value for name, value in handler.headers.items() if name.lower() not in _HOP}
            upstream.request(handler.command, handler.path, body or None, headers)
            reply = upstream.getresponse()
            _answer(handler, reply.status, dict(reply.getheaders()), reply.read())
        finally:
            upstream.close()


def _answer(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> None:
    handler.send_response_only(status)
    for name, value in headers.items():
        if name.lower() not in (*_HOP, "content-length"):
            handler.send_header(name, value)
    told = {name.lower(): value for name, value in headers.items()}
    length = told.get("content-length", "0") if handler.command == "HEAD" else str(len(body))
    handler.send_header("Content-Length", length)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


@contextmanager
def faulty_proxy(target: str, share: float) -> Iterator[FaultyProxy]:
    """Serve until the block ends."""
    proxy = FaultyProxy(target, share)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                proxy.forward(self)
            except (OSError, HTTPException):  # also of a client that was killed
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
