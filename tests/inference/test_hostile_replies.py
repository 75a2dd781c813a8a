"""Replies that unfold, and keys and hosts that HTTP cannot carry."""

from __future__ import annotations

import gzip
import itertools
import socketserver
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anyio
import pytest

from mineru_cli.errors import InvalidReply, ServerUnreachable, SettingsError
from mineru_cli.inference.client import Client
from mineru_cli.inference.connection import MOST_INTERIM
from mineru_cli.telemetry.dcgm import DcgmSource
from tests.inference.recorder import Recorder, send

pytestmark = pytest.mark.anyio


@pytest.fixture
def served(request):
    """A server whose every answer is the same bytes under the encoding of the test's parameter."""
    encoding, data = request.param

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Encoding", encoding)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


BOMB = gzip.compress(gzip.compress(b" " * 2**24))
PAGE = b'DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-1",modelName="H100"} 50\n'
ENCODED = [("gzip, gzip", BOMB), ("gzip", gzip.compress(b"{}")), ("x-unheard-of", b"{}"), ("br", b"{}")]


@pytest.mark.parametrize("served", ENCODED, indirect=True, ids=lambda pair: pair[0])
async def test_an_encoding_that_was_not_requested_is_rejected(served):
    client = Client(served)
    try:
        for path in ("/health", "/v1/models", "/metrics"):
            with pytest.raises(InvalidReply, match="encoding"):
                await client.get(path, within=10)
        with pytest.raises(InvalidReply, match="encoding"):
            await client.chat(b"{}")
    finally:
        await client.aclose()


@pytest.mark.parametrize("served", [("identity", PAGE)], indirect=True)
def test_identity_is_read(served):
    source = DcgmSource(served)
    assert len(source.read()) == 1
    source.close()


@pytest.mark.parametrize("served", [("gzip", gzip.compress(PAGE)), ("gzip, gzip", BOMB)], indirect=True)
def test_an_exporter_that_packs_its_page_is_not_read(served):
    source = DcgmSource(served)
    assert source.read() == []
    source.close()


class Interim:
    """Sends ``count`` interim responses, without an end for None, and then the answer."""

    def __init__(self, count: int | None) -> None:
        self.count = count

    def __enter__(self):
        count = self.count

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                while self.rfile.readline().strip():
                    pass
                with suppress(OSError):
                    for _ in itertools.repeat(None) if count is None else range(count):
                        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


async def test_interim_responses_without_an_end_are_a_fault_of_the_server():
    with Interim(None) as url, anyio.fail_after(30):
        client = Client(url)
        try:
            for _ in range(2):
                with pytest.raises(ServerUnreachable, match="more than 16 interim"):
                    await client.chat(b"{}")
            with pytest.raises(ServerUnreachable, match="more than 16 interim"):
                await client.get("/health", within=60)
        finally:
            await client.aclose()


@pytest.mark.parametrize("count", [1, MOST_INTERIM])
async def test_a_few_interim_responses_are_skipped(count):
    with Interim(count) as url:
        client = Client(url)
        try:
            for _ in range(3):
                assert (await client.chat(b"{}")).body == b"{}"
        finally:
            await client.aclose()


async def test_a_key_with_a_line_break_at_its_end_is_taken_without_it():
    with Recorder() as server:
        await send(server.url, b"{}", api_key="sk-12345\n")
    assert "authorization: Bearer sk-12345" in server.heads[0].splitlines()


@pytest.mark.parametrize(
    ("key", "headers"),
    [("sk-ключ", {}), ("a\nb", {}), ("", {"X-Name": "значение"}), ("", {"X-Nämé": "x"}), ("", {"": "x"}),
     ("", {"X": "a\r\nEvil: b"}), ("", {"Content-Length": "5"}), ("", {"Host": "elsewhere"})],
)  # fmt: skip
async def test_what_a_header_cannot_carry_is_reported_without_quoting_it(key, headers):
    with pytest.raises(SettingsError) as caught:
        Client("http://127.0.0.1:9", api_key=key, headers=headers)
    secret = [one for one in (key, *headers.values()) if len(one) > 5]
    assert not any(one in caught.value.message for one in secret)


@pytest.mark.parametrize(
    "host",
    [
        "gpu..example",
        ".gpu",
        "a" * 64,
        ".".join(["abcdefgh"] * 30),
        "xn--.example",
        "xn--a-.example",
        "a b",
        "",
    ],
)
async def test_a_host_that_is_not_a_name(host):
    with pytest.raises(SettingsError, match="not the address"):
        Client(f"http://{host}:8000")


async def test_a_login_and_a_key_exclude_each_other():
    with pytest.raises(SettingsError, match="Authorization") as caught:
        Client("http://user:hunter2@127.0.0.1:9", api_key="sk-12345")
    assert "hunter2" not in caught.value.message


async def test_headers_of_the_user_win_whatever_their_case():
    with Recorder() as server:
        await send(server.url, b"{}", api_key="sk-12345", headers={"authorization": "Token abc"})
    lines = [line for line in server.heads[0].splitlines() if line.lower().startswith("authorization")]
    assert lines == ["authorization: Token abc"]
