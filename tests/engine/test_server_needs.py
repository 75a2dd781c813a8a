"""What a run says about options that its model needs and its server may run without."""

from __future__ import annotations

import pytest

from mineru_cli.domain.events import Notice
from mineru_cli.engine.server_needs import server_notices
from mineru_cli.engine.target import Target
from mineru_cli.inference.probe import ServerCard
from mineru_cli.recipes.profiles.catalogue import profile, profiles
from mineru_cli.settings import Settings
from tests.vllm_double import Double

pytestmark = pytest.mark.anyio


async def notices(name: str, *doubles: Double) -> list[Notice]:
    urls = tuple(double.url for double in doubles)
    cards = tuple(ServerCard(url, "m") for url in urls)
    target = Target(urls, "m", embedded=False, cards=cards)
    return await server_notices(profile(name), target, Settings(server_url=urls))


async def test_a_server_that_runs_without_an_option_is_named_once():
    with Double(prefix_caching="True") as wrong, Double(prefix_caching="False") as right:
        warning, rest = await notices("paddleocr-vl", wrong, right)
        assert wrong.stats()["paths"]["/metrics"] == right.stats()["paths"]["/metrics"] == 1
    assert warning.level == "warning"
    assert "--no-enable-prefix-caching" in warning.text
    assert wrong.url in warning.text
    assert right.url not in warning.text
    assert (rest.level, "--mm-processor-cache-gb 0" in rest.text) == ("info", True)
    assert "prefix" not in rest.text


async def test_an_option_that_is_kept_is_not_spoken_of():
    with Double(prefix_caching="False") as double:
        (rest,) = await notices("hunyuanocr", double)
    assert "prefix" not in rest.text


async def test_a_server_without_metrics_is_reminded_of_all():
    with Double() as double:
        double.control(metrics=False)
        (rest,) = await notices("deepseek-ocr", double)
    assert rest.level == "info"
    assert all(flag in rest.text for flag in profile("deepseek-ocr").server_flags)


async def test_a_dead_server_does_no_harm():
    with Double() as double:
        pass
    (rest,) = await notices("hunyuanocr", double)
    assert rest.level == "info"


@pytest.mark.parametrize(
    "name", [one.name for one in profiles() if "--no-enable-prefix-caching" not in one.server_flags]
)
async def test_without_a_rule_nothing_is_requested(name):
    with Double() as double:
        found = await notices(name, double)
        assert double.stats()["paths"].get("/metrics", 0) == 0
    assert all(notice.level == "info" for notice in found)
    assert (await notices("mineru", double)) == []
