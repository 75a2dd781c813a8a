"""The viewer's HTTP server: local, and only for those who have the URL.

It listens on 127.0.0.1. Every path begins with a random token, so that other users of the machine and other
pages in the browser have no access; the Host header is checked against DNS rebinding. The
Content-Security-Policy allows only our own scripts and requests.
"""

from __future__ import annotations

import hmac
import secrets
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from mineru_cli.errors import MinerUBatchError
from mineru_cli.ui.viewer.answers import NOT_FOUND, Answer, Query

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SECONDS = 30.0


class Answers(Protocol):
    """The application behind the server."""

    def answer(self, name: str, query: Query) -> Answer:
        """The response to a path without token and leading slash."""
        ...


class ViewerServer(ThreadingHTTPServer):
    """Serves ``viewer`` at ``url``. Port 0 picks a free one; ``OSError`` for one in use."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, viewer: Answers, port: int = 0, token: str = "") -> None:
        self.viewer = viewer
        self.token = token or secrets.token_urlsafe(16)
        super().__init__(("127.0.0.1", port), _Handler)
        self.hosts = frozenset({f"127.0.0.1:{self.server_port}", f"localhost:{self.server_port}"})

    @property
    def url(self) -> str:
        """The page's address, token included."""
        return f"http://127.0.0.1:{self.server_port}/{self.token}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore disconnects of the browser; any other error costs one response."""


def _refusal(text: str) -> Answer:
    return Answer(500, "text/plain; charset=utf-8", f"{text}\n".encode("utf-8", "replace"))


class _Handler(BaseHTTPRequestHandler):
    server: ViewerServer
    protocol_version = "HTTP/1.1"
    server_version = "mineru-batch"
    sys_version = ""
    timeout = _SECONDS

    def do_GET(self) -> None:
        """Handle one request."""
        self._send(self._answer())

    def _answer(self) -> Answer:
        if self.headers.get("Host", "").lower() not in self.server.hosts:
            return Answer(403, "text/plain; charset=utf-8", b"forbidden\n")
        parts = urlsplit(self.path)
        token, slash, name = parts.path.removeprefix("/").partition("/")
        sent, right = token.encode("utf-8", "replace"), self.server.token.encode()
        if not slash or not hmac.compare_digest(sent, right):
            return NOT_FOUND
        try:
            query = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=20))
            return self.server.viewer.answer(name, query)
        except MinerUBatchError as error:
            return _refusal(error.message)
        except OSError as error:  # a file went away, or cannot be read
            return _refusal(error.strerror or type(error).__name__)
        except ValueError:
            return NOT_FOUND

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in HEADERS.items():
            own = answer.policy if name == "Content-Security-Policy" else ""
            self.send_header(name, own or value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """No access log: the terminal is the user's."""
