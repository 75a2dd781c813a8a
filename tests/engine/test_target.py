"""Which servers a run takes, and what it says of those it cannot take."""

from __future__ import annotations

import socket
import time
from contextlib import asynccontextmanager
from functools import partial

import anyio
import anyio.to_thread
import pytest

from mineru_cli.domain.events import Notice, ServerAwaited
from mineru_cli.engine import target as target_module
from mineru_cli.engine.run import convert_async
from mineru_cli.engine.run_config import run_config
from mineru_cli.engine.stop_token import StopToken
from mineru_cli.engine.target import FIRST_WAIT, Target, find_target, first_wait
from mineru_cli.errors import (
    EngineUnavailable,
    MinerUBatchError,
    ModelMismatch,
    NotAModelServer,
    ServerGivenUp,
    ServerRefused,
    SettingsError,
)
from mineru_cli.servers.docker import launch
from mineru_cli.servers.docker.progress import Ready
from mineru_cli.settings import Settings
from tests.inference.certificates import Authority
from tests.vllm_double import Double

pytestmark = pytest.mark.anyio


async def find(*urls: str, announced: list | None = None, **options) -> Target:
    settings = Settings(server_url=urls, **{"server_wait": 0.01, **options})
    announce = announced.append if announced is not None else lambda event: None
    async with find_target(settings, announce, time.monotonic) as target:
        return target


async def refusal(*urls: str, **options) -> MinerUBatchError:
    with pytest.raises(MinerUBatchError) as caught:
        await find(*urls, **options)
    assert caught.value.hint
    return caught.value


@pytest.mark.spec("mineru-service/start-up/the-server-is-proved-first")
async def test_a_server_with_a_vision_model_is_proved_by_one_tiny_request():
    with Double() as double:
        target = await find(double.url)
        assert double.stats()["proofs"] == 1
    assert (target.urls, target.model, target.embedded) == ((double.url,), "mineru", False)


async def test_one_of_several_is_enough_and_the_absent_one_is_named():
    announced: list[Notice] = []
    with Double() as double, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        absent = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        target = await find(absent, double.url, announced=announced)
    assert [card.url for card in target.cards] == [double.url]
    assert target.urls == (absent, double.url)
    assert "refused" in announced[0].text


async def test_a_server_that_never_comes_is_given_up_with_the_reason():
    error = await refusal("http://model.invalid:8000")
    assert type(error) is ServerGivenUp
    assert "no such host name" in error.message
    assert "spelling" in error.hint


async def test_while_no_server_answers_the_reason_and_the_time_left_are_announced(monkeypatch):
    monkeypatch.setattr(target_module, "RETRY_EVERY", 0.0)
    announced: list = []
    clock = iter([0.0, 0.0, 4.0, 11.0, 12.0, 60.0]).__next__
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings = Settings(server_url=(f"http://127.0.0.1:{closed.getsockname()[1]}",))
        with pytest.raises(ServerGivenUp, match="within 60 s"):
            await find_target(settings, announced.append, clock).__aenter__()
    notice, *awaited = announced
    assert "refused" in notice.text
    assert "trying for 60 s (--server-wait)" in notice.text
    assert all(isinstance(event, ServerAwaited) and "refused" in event.why for event in awaited)
    assert [(event.waited, event.limit) for event in awaited] == [(0.0, 60.0), (11.0, 60.0)]


def test_only_a_server_wait_that_was_given_is_longer_than_the_first_wait():
    assert first_wait(Settings()) == FIRST_WAIT
    assert first_wait(Settings(server_wait=600.0)) == 600.0
    assert first_wait(Settings(server_wait=5.0)) == 5.0


async def test_the_hint_for_a_wrong_path_is_to_remove_it():
    with Double() as double:
        error = await refusal(double.url + "/v1/chat/completions")
    assert type(error) is NotAModelServer
    assert error.hint == f"leave out the path: --server-url {double.url}"


@pytest.mark.parametrize("url", ["http://host:abc", "http://", "http://host:99999"])
async def test_an_invalid_address_is_reported_immediately(url):
    assert type(await refusal(url)) is SettingsError


async def test_a_server_of_another_kind_is_distinguished_from_a_wrong_address(httpserver):
    httpserver.expect_request("/health").respond_with_data("<html>It works!")
    httpserver.expect_request("/v1/models").respond_with_data("<html>It works!")
    error = await refusal(httpserver.url_for("").rstrip("/"))
    assert type(error) is NotAModelServer
    assert "not an OpenAI-compatible server" in error.message


async def test_a_text_model_is_distinguished_from_an_unknown_model(tmp_path, no_blocking_calls):
    with Double(model="acme-7b") as double:
        double.control(images=False)
        error = await refusal(double.url)
        assert type(error) is NotAModelServer
        assert "acme-7b takes no images" in error.message
        double.control(images=True)
        no_blocking_calls.deactivate()  # a run's own few files are written before any work
        settings = Settings(
            server_url=(double.url,), inputs=(str(tmp_path),), allow_empty=True, output=tmp_path / "out"
        )
        with pytest.raises(
            SettingsError, match="no recipe is known for the served model 'acme-7b'"
        ) as caught:
            await convert_async(settings, (), StopToken())
    assert "--recipe" in caught.value.hint


@pytest.mark.spec("gpu-microservices/access-control/an-untrusted-certificate-is-refused")
async def test_a_certificate_that_is_not_trusted_is_not_waited_for(tmp_path):
    with Double(tls=Authority(tmp_path).server("127.0.0.1")) as double:
        error = await refusal(double.url, server_wait=3600)
        assert type(error) is ServerRefused
        assert "--ca-file" in error.hint
        assert (await find(double.url, ca_file=tmp_path / "ca.pem")).model == "mineru"
        assert (await find(double.url, insecure=True)).model == "mineru"


async def test_a_file_without_certificates_is_a_wrong_setting(tmp_path):
    (tmp_path / "ca.pem").write_text("none")
    assert type(await refusal("https://127.0.0.1:1", ca_file=tmp_path / "ca.pem")) is SettingsError


async def test_servers_with_different_models_are_refused():
    with Double(model="mineru-a") as one, Double(model="mineru-b") as two:
        assert type(await refusal(one.url, two.url)) is ModelMismatch


async def test_the_weights_behind_a_served_name_are_known():
    with Double(model="reader", root="rednote-hilab/dots.ocr") as double:
        target = await find(double.url)
        assert (target.model, target.root) == ("reader", "rednote-hilab/dots.ocr")
        settings = Settings(server_url=(double.url,))
        config = await anyio.to_thread.run_sync(  # it reads the profiles, as a run does: in a thread
            partial(run_config, settings, target.model, embedded=False, root=target.root)
        )
    assert config.recipe == "dots-ocr"


@pytest.mark.parametrize("fault", [None, EngineUnavailable("no daemon")])
async def test_a_container_of_the_runs_own_ends_with_it_and_only_a_fault_is_announced_then(
    monkeypatch, fault
):
    announced: list[Notice] = []
    with Double() as double:

        @asynccontextmanager
        async def container(config, announce, *, keep, unstopped):
            yield Ready(double.url, "mineru", "0.28.0", None, "one", False, 1.0, 0.1)
            if fault is not None:
                unstopped(fault)

        monkeypatch.setattr(launch, "docker_server", container)
        async with find_target(Settings(server="docker"), announced.append, time.monotonic) as target:
            assert target.urls == (double.url,)
            (before,) = announced
    assert "is stopped when the run ends" in before.text
    assert announced[1:] == (
        []
        if fault is None
        else [Notice("warning", "the server may run on: mineru-batch server down ends it (no daemon)")]
    )
