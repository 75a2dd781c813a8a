"""The viewer's HTTP server: this machine only, and only for who has the address.

It listens on 127.0.0.1. Every address begins with a random token, so that other users of the machine and
other pages in the browser cannot ask; the Host header must be ours, so that a name that is pointed at
127.0.0.1 (DNS rebinding) does not help them either. Answers forbid scripts and requests but our own.
"""

from __future__ import annotations

import hmac
import os
import secrets
import sys
import webbrowser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol, TextIO
from urllib.parse import parse_qsl, urlsplit

from mineru_cli.engine.history import NOT_A_RUN
from mineru_cli.errors import InputNotFound, MinerUBatchError, SettingsError
from mineru_cli.store.ledger.archive import Archive
from mineru_cli.store.run_folder import RunFolder
from mineru_cli.ui.plain_text import Pipe, visible
from mineru_cli.ui.viewer.answers import NOT_FOUND, Answer, Query, Viewer
from mineru_cli.ui.viewer.pictures import Pictures

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
    """What answers the page's questions."""

    def answer(self, name: str, query: Query) -> Answer:
        """The answer to a path without token and leading slash."""
        ...


class ViewerServer(ThreadingHTTPServer):
    """Serves ``viewer`` at ``url``. Port 0 takes a free one; ``OSError`` for one that is taken."""

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
        """A browser that hangs up is no error; whatever else happens costs one answer."""


class _Handler(BaseHTTPRequestHandler):
    server: ViewerServer
    protocol_version = "HTTP/1.1"
    server_version = "mineru-batch"
    sys_version = ""
    timeout = _SECONDS

    def do_GET(self) -> None:
        """Answer one question."""
        self._send(self._answer())

    def _answer(self) -> Answer:
        if self.headers.get("Host", "").lower() not in self.server.hosts:
            return Answer(403, "text/plain; charset=utf-8", b"forbidden\n")
        parts = urlsplit(self.path)
        token, slash, name = parts.path.removeprefix("/").partition("/")
        given, right = token.encode("utf-8", "replace"), self.server.token.encode()
        if not slash or not hmac.compare_digest(given, right):
            return NOT_FOUND
        try:
            query = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=20))
            return self.server.viewer.answer(name, query)
        except MinerUBatchError as error:
            return Answer(500, "text/plain; charset=utf-8", f"{error.message}\n".encode("utf-8", "replace"))
        except ValueError:
            return NOT_FOUND

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the terminal is the user's."""


def serve(output: Path, stream: TextIO, *, port: int = 0, open_browser: bool = True) -> None:
    """Serve until Ctrl-C. Raises ``InputNotFound``, ``OutputError``, ``SettingsError`` for a taken port."""
    ledger = RunFolder(output).ledger
    if not ledger.is_file():
        raise InputNotFound(f"{os.fspath(output)} holds no run", hint=NOT_A_RUN)
    Archive(ledger).__exit__(None, None, None)
    with Pictures() as pictures:
        try:
            server = ViewerServer(Viewer(output, pictures), port)
        except OSError as error:
            raise SettingsError(
                f"--port {port}: {error.strerror or error}", hint="leave it out to take a free port"
            ) from error
        with server:
            pipe = Pipe(stream)
            pipe.line(f"Results of {visible(str(output), 4096)}: {server.url}")
            pipe.line("Ctrl-C ends.")
            if open_browser and _has_screen():
                webbrowser.open(server.url)
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                return


def _has_screen() -> bool:
    """Whether a browser with a window can open: one in the terminal would take it over."""
    return sys.platform in ("darwin", "win32") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
