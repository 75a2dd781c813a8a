import pytest
from pytest_httpserver import HTTPServer

from mineru_cli.inference.vllm_cache_reset import CACHES, DEV_MODE, HELD, reset_caches


@pytest.mark.anyio
async def test_what_was_emptied_and_why_not(httpserver: HTTPServer) -> None:
    httpserver.expect_request(
        "/reset_prefix_cache", method="POST", headers={"Authorization": "Bearer key"}
    ).respond_with_data("")
    found = await reset_caches(httpserver.url_for("").rstrip("/"), api_key="key")
    assert found["prefix cache"] == ""
    assert "answered 500" in found["image cache"]


@pytest.mark.anyio
async def test_a_server_without_the_endpoints_says_so(httpserver: HTTPServer) -> None:
    for path in CACHES.values():
        httpserver.expect_request(path).respond_with_data("", status=404)
    assert set((await reset_caches(httpserver.url_for("").rstrip("/"))).values()) == {DEV_MODE}


@pytest.mark.anyio
async def test_a_cache_that_requests_still_hold_is_requested_again(httpserver: HTTPServer) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    url = httpserver.url_for("").rstrip("/")
    for answer in ({"success": False}, {"success": False}, {"success": True}):
        httpserver.expect_ordered_request("/reset_prefix_cache").respond_with_json(answer)
    for path in ("/reset_mm_cache", "/reset_encoder_cache"):
        httpserver.expect_ordered_request(path).respond_with_data("")
    assert set((await reset_caches(url, sleep=sleep)).values()) == {""}
    assert len(slept) == 2
    httpserver.clear()
    httpserver.expect_request("/reset_prefix_cache").respond_with_json({"success": False})
    assert (await reset_caches(url, sleep=sleep))["prefix cache"] == HELD


@pytest.mark.anyio
async def test_a_dead_server_is_a_reason_and_no_error() -> None:
    found = await reset_caches("http://127.0.0.1:9", within=2.0)
    assert all(found.values())
