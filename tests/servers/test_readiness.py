from __future__ import annotations

import socket
import threading

import pytest

from mineru_cli.errors import (
    AuthenticationFailed,
    MinerUBatchError,
    ModelMismatch,
    ModelNotFound,
    NotAModelServer,
    ServerUnreachable,
)
from mineru_cli.inference.probe import ServerCard, probe, probing
from mineru_cli.servers.readiness import require_same_model
from tests.vllm_double import Double

pytestmark = pytest.mark.anyio


async def require_vision(url: str, model: str, **options) -> None:
    async with probing(url) as server:
        await server.require_vision(model, **options)


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
    assert card == ServerCard(
        double.url, "mineru", max_model_len=16384, version="0.28.0", is_vllm=True, root="./mineru"
    )


async def test_a_refused_connection_counts_as_unreachable():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        error = await refused(f"http://127.0.0.1:{nobody.getsockname()[1]}")
    assert type(error) is ServerUnreachable
    assert "refused" in error.message.lower()


@pytest.mark.spec("gpu-microservices/health/not-ready-while-loading")
async def test_a_server_that_loads_its_model_may_yet_come():
    with Double(warmup=60) as double:
        error = await refused(double.url)
    assert type(error) is ServerUnreachable
    assert "503" in error.message


async def test_a_server_that_hangs_may_yet_come():
    with Double() as double:
        double.control(health="hang")
        assert type(await refused(double.url, within=0.2)) is ServerUnreachable


async def test_a_key_is_required_and_used():
    with Double(api_key="secret") as double:
        assert type(await refused(double.url)) is AuthenticationFailed
        error = await refused(double.url, api_key="wrong")
        assert "--api-key" in error.hint
        assert (await probe(double.url, api_key="secret")).model == "mineru"
        assert (await probe(double.url, headers={"Authorization": "Bearer secret"})).model == "mineru"


async def test_a_wrong_address_is_distinguished_from_a_wrong_model():
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


async def test_a_name_that_is_unknown_may_yet_come_and_the_hint_is_about_the_name():
    error = await refused("http://model.invalid:8000")
    assert type(error) is ServerUnreachable
    assert "no such host name" in error.message
    assert "spelling" in error.hint


async def test_the_hint_for_an_endpoints_address_is_to_remove_its_path():
    with Double() as double:
        error = await refused(double.url + "/v1/chat/completions")
        assert error.hint.endswith(double.url)


@pytest.mark.spec("gpu-microservices/health/other-servers-are-recognised")
async def test_a_web_server_is_not_a_model_server(httpserver):
    httpserver.expect_request("/health").respond_with_data("ok")
    httpserver.expect_request("/v1/models").respond_with_data("<html>Welcome", content_type="text/html")
    error = await refused(httpserver.url_for("").rstrip("/"))
    assert type(error) is NotAModelServer
    assert "gave a web page" in error.message


async def test_other_json_is_not_a_model_server(httpserver):
    httpserver.expect_request("/health").respond_with_data("ok")
    httpserver.expect_request("/v1/models").respond_with_json({"models": []})
    error = await refused(httpserver.url_for("").rstrip("/"))
    assert type(error) is NotAModelServer
    assert "gave no list of models" in error.message


@pytest.mark.spec("gpu-microservices/health/other-servers-are-recognised")
async def test_a_redirect_names_where_it_leads(httpserver):
    httpserver.expect_request("/health").respond_with_data("ok")
    httpserver.expect_request("/v1/models").respond_with_data(
        status=302, headers={"Location": "https://login.test/"}
    )
    error = await refused(httpserver.url_for("").rstrip("/"))
    assert type(error) is NotAModelServer
    assert "https://login.test/" in error.message


@pytest.mark.spec("gpu-microservices/health/other-servers-are-recognised")
async def test_a_port_without_http_is_not_a_model_server():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
                connection.recv(65536)

        thread = threading.Thread(target=greet)
        thread.start()
        error = await refused(f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()
    assert type(error) is NotAModelServer
    assert "is not HTTP" in error.message


@pytest.mark.spec("gpu-microservices/health/readiness-is-proved-by-an-image")
async def test_a_model_that_sees_is_let_through_by_one_tiny_request():
    with Double() as double:
        await require_vision(double.url, (await probe(double.url)).model)
        assert double.stats()["proofs"] == 1


@pytest.mark.spec("gpu-microservices/health/a-text-model-is-refused")
async def test_a_model_that_takes_no_images_is_reported():
    with Double() as double:
        double.control(images=False)
        with pytest.raises(NotAModelServer, match="mineru takes no images") as caught:
            await require_vision(double.url, (await probe(double.url)).model)
    assert "load a vision model" in caught.value.hint


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "mistral-7b is not a multimodal model"),
        (400, "At most 0 image(s) may be provided in one prompt. (parameter=image)"),
        (400, "This model does not support image input"),
        (
            500,
            "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
        ),
    ],
)
async def test_servers_say_it_in_their_own_ways(httpserver, status, message):
    httpserver.expect_request("/v1/chat/completions").respond_with_json(
        {"error": {"message": message, "code": status}}, status=status
    )
    with pytest.raises(NotAModelServer, match="takes no images"):
        await require_vision(httpserver.url_for("").rstrip("/"), "m")


@pytest.mark.parametrize(
    ("status", "message"),
    [(400, "max_tokens is too small for my-vision-model"), (500, "CUDA error"), (503, "queue is full")],
)
async def test_other_troubles_are_left_to_the_run(httpserver, status, message):
    httpserver.expect_request("/v1/chat/completions").respond_with_json(
        {"error": {"message": message, "code": status}}, status=status
    )
    await require_vision(httpserver.url_for("").rstrip("/"), "m")
    assert len(httpserver.log) == 1


async def test_a_server_too_busy_to_answer_soon_is_let_through():
    with Double() as double:
        card = await probe(double.url)
        double.control(proof_seconds=5)
        await require_vision(double.url, card.model, within=0.1)


async def test_a_key_wanted_for_requests_alone_is_noticed_before_the_run(httpserver):
    httpserver.expect_request("/v1/chat/completions").respond_with_json({"error": "Unauthorized"}, status=401)
    with pytest.raises(AuthenticationFailed):
        await require_vision(httpserver.url_for("").rstrip("/"), "m")
