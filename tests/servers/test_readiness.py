from __future__ import annotations

import socket

import pytest

from mineru_cli.errors import (
    AuthenticationFailed,
    MinerUBatchError,
    ModelMismatch,
    ModelNotFound,
    NotAModelServer,
    ServerUnreachable,
)
from mineru_cli.servers.readiness import ServerCard, probe, require_same_model
from tests.vllm_double import Double

pytestmark = pytest.mark.anyio


async def refused(url: str, **options) -> MinerUBatchError:
    with pytest.raises(MinerUBatchError) as caught:
        await probe(url, **options)
    assert caught.value.hint
    assert url in caught.value.message
    return caught.value


async def test_a_server_that_is_ready_shows_its_card():
    with Double(model="mineru") as double:
        card = await probe(double.url)
        assert card == await probe(double.url, model="mineru")
    assert card == ServerCard(double.url, "mineru", max_model_len=16384, version="0.28.0", is_vllm=True)


async def test_nobody_there_may_yet_come():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        error = await refused(f"http://127.0.0.1:{nobody.getsockname()[1]}")
    assert type(error) is ServerUnreachable
    assert "refused" in error.message.lower()


async def test_a_server_that_loads_its_model_may_yet_come():
    with Double(warmup=60) as double:
        error = await refused(double.url)
    assert type(error) is ServerUnreachable
    assert "503" in error.message


async def test_a_server_that_hangs_may_yet_come():
    with Double() as double:
        double.control(health="hang")
        assert type(await refused(double.url, within=0.2)) is ServerUnreachable


async def test_a_key_is_asked_for_and_used():
    with Double(api_key="secret") as double:
        assert type(await refused(double.url)) is AuthenticationFailed
        error = await refused(double.url, api_key="wrong")
        assert "--api-key" in error.hint
        assert (await probe(double.url, api_key="secret")).model == "mineru"
        assert (await probe(double.url, headers={"Authorization": "Bearer secret"})).model == "mineru"


async def test_a_wrong_address_is_told_from_a_wrong_model():
    with Double() as double:
        assert type(await refused(double.url + "/nothing/here")) is NotAModelServer
        error = await refused(double.url, model="other")
    assert type(error) is ModelNotFound
    assert "mineru" in error.message
    assert "--model" in error.hint


async def test_several_models_need_a_choice_and_none_is_none():
    with Double() as double:
        double.control(models=["one", "two"])
        error = await refused(double.url)
        assert type(error) is ModelNotFound
        assert "one, two" in error.message
        assert (await probe(double.url, model="two")).model == "two"
        double.control(models=[])
        assert type(await refused(double.url)) is NotAModelServer


def test_servers_of_one_run_must_agree():
    cards = [ServerCard("http://a", "x"), ServerCard("http://b", "x"), ServerCard("http://c", "y")]
    assert require_same_model(cards[:2]) == "x"
    with pytest.raises(ModelMismatch, match="http://c serves y"):
        require_same_model(cards)
