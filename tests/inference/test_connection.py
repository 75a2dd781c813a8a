"""TLS and proxies, on real servers."""

from __future__ import annotations

import pytest

from mineru_cli.errors import ServerRefused, ServerUnreachable, SettingsError
from mineru_cli.inference.client import Client
from mineru_cli.inference.connection import proxy_for
from mineru_cli.inference.probe import probe
from tests.inference.fleets import Pages, open_fleet
from tests.inference.proxies import TunnelProxy
from tests.vllm_double import Double

pytestmark = pytest.mark.anyio


@pytest.fixture
def secured(tls):
    with Double(tls=tls.server("127.0.0.1")) as double:
        yield double


async def by_probe(url: str, **options) -> None:
    await probe(url, **options)


async def by_fleet(url: str, **options) -> None:
    pages = Pages(3)
    async with open_fleet(url, **options) as opened:
        for number in range(3):
            assert (await opened.fleet.ask(pages.request(number))).text == pages.answer(number)


both = pytest.mark.parametrize("use", [by_probe, by_fleet])


@both
async def test_an_unknown_certificate_is_rejected_with_the_alternatives(secured, use):
    with pytest.raises(ServerRefused, match="certificate is not trusted") as caught:
        await use(secured.url)
    assert "--ca-file" in caught.value.hint
    assert "--insecure" in caught.value.hint


@both
async def test_it_is_taken_with_its_authority(secured, tls, use):
    await use(secured.url, tls_verify=tls.ca)


@both
async def test_it_is_accepted_without_verification_on_request(secured, use):
    await use(secured.url, tls_verify=False)


@both
async def test_a_certificate_for_another_name_is_refused_whoever_signed_it(tls, use):
    with Double(tls=tls.server("other.test")) as double:
        with pytest.raises(ServerRefused, match="mismatch") as caught:
            await use(double.url, tls_verify=tls.ca)
        assert "the name or address that the certificate is for" in caught.value.hint
        await use(double.url, tls_verify=False)


@both
async def test_a_server_without_tls_is_distinguished_from_one_with_a_bad_certificate(double, use):
    with pytest.raises(ServerRefused, match="TLS failed") as caught:
        await use(double.url.replace("http://", "https://"))
    assert "http://" in caught.value.hint


async def test_a_plain_request_to_a_tls_server_fails_with_a_hint(secured):
    with pytest.raises(ServerUnreachable, match="without an answer") as caught:
        await probe(secured.url.replace("https://", "http://"))
    assert "https://" in caught.value.hint


@both
async def test_https_goes_through_the_tunnel_of_a_proxy(tls, monkeypatch, use):
    with Double(tls=tls.server("model.test")) as double, TunnelProxy(double.port) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        await use("https://model.test:8443", tls_verify=tls.ca)
    assert set(proxy.asked) == {"CONNECT model.test:8443 HTTP/1.1"}


async def test_a_proxy_that_wants_a_login_gets_it_from_its_address(tls, monkeypatch):
    pem = tls.server("model.test")
    with Double(tls=pem) as double, TunnelProxy(double.port, login="ada:secret") as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(ServerRefused, match="407") as caught:
            await probe("https://model.test", tls_verify=tls.ca)
        assert "USER:PASSWORD" in caught.value.hint
        monkeypatch.setenv("https_proxy", f"http://ada:secret@127.0.0.1:{proxy.port}")
        assert (await probe("https://model.test", tls_verify=tls.ca)).model == "mineru"


async def test_a_proxy_that_is_gone_is_named(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    with pytest.raises(ServerUnreachable, match=r"the proxy 127\.0\.0\.1:1"):
        await probe("https://model.test")


def test_all_proxy_stands_in_for_both(monkeypatch):
    monkeypatch.setenv("all_proxy", "proxy.test:3128")
    assert str(proxy_for("http://model.test").url) == "http://proxy.test:3128"
    assert str(proxy_for("https://model.test").url) == "http://proxy.test:3128"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2:8000", "[::1]:8000"])
def test_no_proxy_stands_between_us_and_this_machine(monkeypatch, host):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert proxy_for(f"http://{host}") is None
    assert proxy_for("http://10.0.0.1") is not None


@pytest.mark.spec("orchestration/network-policies/proxies-are-honoured")
@pytest.mark.parametrize("bypass", ["model.test", ".test", "other,model.test:8000", "*"])
def test_no_proxy_is_obeyed(monkeypatch, bypass):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", bypass)
    assert proxy_for("http://model.test:8000") is None


async def test_a_socks_proxy_is_refused_with_the_way_round_it(monkeypatch):
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1080")
    with pytest.raises(SettingsError, match="socks5") as caught:
        Client("http://model.test:8000")
    assert "NO_PROXY=model.test" in caught.value.hint


@pytest.mark.parametrize(
    "url",
    ["http://", "http:///x", "http://host:abc", "http://host:99999", "http://host:0", "http://[::1"],
)
def test_an_invalid_address_is_reported_immediately(url):
    with pytest.raises(SettingsError, match="is not the address of a server"):
        Client(url)
