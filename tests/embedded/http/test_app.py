"""The HTTP face on a real socket, over an engine that does as it is told."""

from __future__ import annotations

import socket
import threading
import time

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.embedded.http.test_protocol import body
from tests.embedded.serving import ToldEngine, served

CHAT = "/v1/chat/completions"


@pytest.fixture
def engine():
    return ToldEngine()


def samples(url):
    families = text_string_to_metric_families(httpx.get(url + "/metrics").text)
    return {
        (s.name, s.labels.get("finished_reason", "")): s.value
        for f in families
        for s in f.samples
        if not s.name.endswith(("_bucket", "_created"))
    }


def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


@pytest.mark.spec("gpu-microservices/openai-compatible-api/the-cpu-engine-speaks-the-same-api")
def test_a_request_is_answered(engine):
    with served(engine) as (url, _):
        reply = httpx.post(url + CHAT, content=body())
    assert reply.status_code == 200
    choice = reply.json()["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("read", "stop")


@pytest.mark.spec("gpu-microservices/openai-compatible-api/the-cpu-engine-speaks-the-same-api")
def test_an_empty_reply_is_a_valid_answer(engine):
    engine.reply = lambda: ""
    with served(engine) as (url, _):
        assert httpx.post(url + CHAT, content=body()).json()["choices"][0]["message"]["content"] == ""


@pytest.mark.spec("gpu-microservices/health/not-ready-while-loading")
def test_health_waits_for_the_models(engine):
    loading = threading.Event()

    def load(config, share):
        loading.wait(10)
        return engine

    with served(engine, load=load) as (url, service):
        assert httpx.get(url + "/health").status_code == 503
        assert httpx.post(url + CHAT, content=body()).status_code == 503
        loading.set()
        until(lambda: service.engine)
        assert httpx.get(url + "/health").status_code == 200


@pytest.mark.spec("gpu-microservices/health/a-failed-load-is-explained")
def test_health_says_why_the_models_cannot_be_loaded(engine):
    def load(config, share):
        raise RuntimeError("the model file is damaged")

    with served(engine, load=load) as (url, service):
        until(lambda: service.failure)
        reply = httpx.get(url + "/health")
    assert reply.status_code == 503
    assert "damaged" in reply.json()["error"]["message"]


@pytest.mark.spec("gpu-microservices/access-control/the-key-guards-the-api")
def test_a_key_guards_the_api_and_nothing_else(engine):
    with served(engine, api_key="secret") as (url, _):
        refused = httpx.post(url + CHAT, content=body())
        assert (refused.status_code, refused.json()) == (401, {"error": "Unauthorized"})
        assert httpx.get(url + "/v1/models", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert httpx.get(url + "/v1/models", headers={"Authorization": "Bearer secret"}).status_code == 200
        assert httpx.get(url + "/health").status_code == 200
        assert httpx.get(url + "/metrics").status_code == 200


def test_unknown_routes_and_methods(engine):
    with served(engine) as (url, _):
        missing = httpx.get(url + "/nope")
        assert (missing.status_code, missing.json()) == (404, {"detail": "Not Found"})
        assert httpx.get(url + CHAT).status_code == 405


@pytest.mark.spec("gpu-microservices/overload-protection/a-large-request-is-refused")
def test_a_request_that_is_too_large_is_refused(engine):
    with served(engine, max_body=1_000) as (url, _):
        assert httpx.post(url + CHAT, content=b"x" * 5_000).status_code == 400


@pytest.mark.spec("gpu-microservices/overload-protection/a-failed-request-is-isolated")
def test_a_failing_request_is_a_500_and_leaves_the_server_well(engine):
    def fail():
        raise ZeroDivisionError

    engine.reply = fail
    with served(engine) as (url, _):
        reply = httpx.post(url + CHAT, content=body())
        assert (reply.status_code, reply.json()["error"]["type"]) == (500, "InternalServerError")
        assert "ZeroDivision" not in reply.text
        engine.reply = lambda: "well"
        assert httpx.post(url + CHAT, content=body()).status_code == 200
        assert samples(url)["vllm:request_success_total", "error"] == 1


@pytest.mark.spec("gpu-microservices/overload-protection/slots-bound-concurrency")
def test_no_more_requests_at_once_than_slots(engine):
    engine.gate.clear()
    with served(engine, slots=2) as (url, _):
        threads = [
            threading.Thread(target=httpx.post, args=(url + CHAT,), kwargs={"content": body()})
            for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        until(lambda: samples(url)["vllm:num_requests_waiting", ""] == 3)
        assert samples(url)["vllm:num_requests_running", ""] == 2
        engine.gate.set()
        for thread in threads:
            thread.join(60)
        seen = samples(url)
    assert engine.most == 2
    assert seen["vllm:request_success_total", "stop"] == 5
    assert seen["vllm:num_requests_running", ""] == seen["vllm:num_requests_waiting", ""] == 0
    assert seen["vllm:iteration_tokens_total_count", ""] > 0
    assert seen["vllm:generation_tokens_total", ""] > 0


def dropped(url):
    """A connection that has sent a whole request and is then cut."""
    host, port = url.removeprefix("http://").split(":")
    content = body()
    connection = socket.create_connection((host, int(port)))
    head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n\r\n"
    connection.sendall(head.encode() + content)
    return connection


@pytest.mark.spec("gpu-microservices/overload-protection/an-abandoned-request-stops")
def test_a_dropped_connection_stops_its_work(engine):
    engine.gate.clear()
    with served(engine) as (url, _), dropped(url) as connection:
        assert engine.started.acquire(timeout=60)
        connection.close()
        assert engine.abandoned.acquire(timeout=60)
        until(lambda: samples(url)["vllm:request_success_total", "abort"] == 1)
        engine.gate.set()
        assert httpx.post(url + CHAT, content=body()).status_code == 200


@pytest.mark.spec("gpu-microservices/overload-protection/an-abandoned-request-stops")
def test_a_dropped_connection_leaves_the_queue(engine):
    engine.gate.clear()
    with served(engine) as (url, _), dropped(url) as first:
        assert engine.started.acquire(timeout=60)
        second = dropped(url)
        until(lambda: samples(url)["vllm:num_requests_waiting", ""] == 1)
        second.close()
        until(lambda: samples(url)["vllm:num_requests_waiting", ""] == 0)
        first.close()
        assert engine.abandoned.acquire(timeout=60)
    assert not engine.started.acquire(timeout=0)


def test_version_and_card(engine):
    with served(engine) as (url, _):
        assert httpx.get(url + "/version").json()["version"].startswith("mineru-batch-")
        card = httpx.get(url + "/v1/models").json()["data"][0]
    assert card["id"] == "mineru-embedded-cpu"
    assert card["recogniser"] == "an engine for tests"
