from __future__ import annotations

import socket

import anyio
import pytest

from mineru_cli.errors import RequestTimeout, ServerUnreachable, SettingsError
from mineru_cli.inference.client import Client
from mineru_cli.inference.connection import KEEP_ALIVE, open_transport
from tests.inference.recorder import Recorder, send

pytestmark = pytest.mark.anyio


@pytest.mark.spec("mineru-service/http-client/bodies-are-sent-whole")
@pytest.mark.parametrize("size", [10, 3_000_000])
async def test_bodies_arrive_as_they_are(size):
    body = bytes(range(250)) * (size // 250) + b"end"
    with Recorder() as server:
        await send(server.url, body)
    assert server.bodies == [body]
    assert f"content-length: {len(body)}" in server.heads[0].lower()
    assert "chunked" not in server.heads[0].lower()


@pytest.mark.spec("mineru-service/http-client/headers-and-key-are-sent")
async def test_headers_are_those_given():
    with Recorder() as server:
        await send(server.url + "/prefix", b"{}", api_key="k", headers={"X-Team": "papers"})
    head = server.heads[0]
    assert head.startswith("POST /prefix/v1/chat/completions HTTP/1.1")
    for line in ("Authorization: Bearer k", "X-Team: papers", "Content-Type: application/json"):
        assert line.lower() in head.lower()
    assert "accept-encoding: identity" in head.lower()
    assert head.lower().count("user-agent: mineru-batch/") == 1


@pytest.mark.spec("mineru-service/http-client/connections-are-reused")
async def test_a_connection_is_used_again():
    with Recorder() as server:
        await send(server.url, *[b"{}"] * 5)
    assert server.connections == 1


@pytest.mark.spec("mineru-service/http-client/idle-connections-are-closed-first")
async def test_idle_connections_are_dropped_before_vllm_drops_them():
    transport = open_transport("http://127.0.0.1:1", tls_verify=True, keep=True)
    session = transport.get_client()
    try:
        assert session.connector._keepalive_timeout == KEEP_ALIVE < 5
        assert session.connector.limit == 0
    finally:
        await session.close()


@pytest.mark.spec("orchestration/network-policies/proxies-are-honoured")
async def test_a_proxy_from_the_environment_is_used_and_no_proxy_obeyed(monkeypatch):
    with Recorder() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        await send("http://model.invalid:8000", b"{}")
        assert proxy.heads[0].startswith("POST http://model.invalid:8000/v1/chat/completions")
        monkeypatch.setenv("no_proxy", "model.invalid")
        with pytest.raises(ServerUnreachable):
            await send("http://model.invalid:8000", b"{}")
        assert len(proxy.heads) == 1


async def test_a_login_for_the_proxy_goes_with_every_request_and_no_further_than_it(monkeypatch):
    with Recorder() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.replace("http://", "http://ada:secret@"))
        await send("http://model.invalid:8000", b"{}", b"{}")
        assert proxy.connections == 1
        assert ["authorization: Basic YWRhOnNlY3JldA==" in head for head in proxy.heads] == [True, True]
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        await send(proxy.url, b"{}")
    assert "authorization" not in proxy.heads[-1].lower()


async def test_no_such_host_and_no_listener_are_reported_plainly():
    with pytest.raises(ServerUnreachable, match="no such host"):
        await send("http://model.invalid", b"{}")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(ServerUnreachable, match=r"(?i)refused"):
            await send(f"http://127.0.0.1:{nobody.getsockname()[1]}", b"{}")


async def test_a_server_without_tls_is_unreachable_with_a_plain_message():
    with Recorder() as server, pytest.raises(ServerUnreachable, match=r"TLS failed|no connection|closed"):
        await send(server.url.replace("http://", "https://"), b"{}", tls_verify=False)


async def test_certificates_are_a_file_or_a_folder(tmp_path):
    anyio_path = anyio.Path(tmp_path / "ca.pem")
    await anyio_path.write_text("no certificate")
    for path in (tmp_path / "ca.pem", tmp_path / "missing.pem"):
        with pytest.raises(SettingsError, match=path.name):
            Client("https://127.0.0.1:1", tls_verify=path)
    await Client("https://127.0.0.1:1", tls_verify=tmp_path).aclose()


async def test_looks_have_their_own_timeout(double):
    double.control(health="hang")
    client = Client(double.url)
    try:
        with pytest.raises(RequestTimeout):
            await client.get("/health", within=0.05)
    finally:
        await client.aclose()


@pytest.mark.spec("mineru-service/http-client/cancelling-closes-the-connection")
async def test_cancelling_closes_the_connection(double):
    double.control(faults=[{"kind": "hang"}])
    client = Client(double.url)
    with anyio.move_on_after(0.2):
        await client.chat(b'{"model":"mineru","messages":[{"content":[]}]}')
    await client.aclose()
    assert double.stats()["in_flight"] == 0
