"""Numbers and names that come from outside are bounded or refused, each with words that help."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from mineru_cli.engine.sizing import LEAST_MEMORY, memory_limit
from mineru_cli.errors import SettingsError, TooManyPages
from mineru_cli.inference.probe import probing
from mineru_cli.pages.reader import open_document
from mineru_cli.settings import Limits, Rendering, Settings
from mineru_cli.telemetry.machine_limits import usable_memory
from tests import corpus

GIB = 1024**3


def test_an_address_is_taken_in_any_case_and_not_with_a_query():
    assert Settings(server_url=("HTTP://gpu1:8000/v1",)).server_url == ("http://gpu1:8000",)
    assert Settings(server_url=("HttpS://gpu1",)).server_url == ("https://gpu1",)
    for url in ("http://gpu1:8000?x=1", "http://gpu1:8000/#top"):
        with pytest.raises(SettingsError, match="query or fragment"):
            Settings(server_url=(url,))


def test_too_many_pages_names_what_helps(tmp_path: Path):
    path = tmp_path / "a.pdf"
    path.write_bytes(corpus.text_pdf(["page"] * 11))
    with pytest.raises(TooManyPages) as caught:
        open_document(str(path), "pdf", rendering=Rendering(), limits=Limits(max_pages=10))
    assert caught.value.hint.startswith("raise --max-pages, or split the file")


@pytest.mark.anyio
async def test_a_model_whose_name_cannot_be_sent_back_is_none(httpserver: HTTPServer):
    good, bad = ["mineru", "模型", ""], ["a\ud800", "\udfffb", 3, None]
    httpserver.expect_request("/v1/models").respond_with_json({"data": [{"id": name} for name in good + bad]})
    async with probing(httpserver.url_for("").rstrip("/")) as server:
        assert [card["id"] for card in await server.models()] == good


@pytest.mark.parametrize(
    ("workers", "memory", "limit"),
    [(8, 64 * GIB, 2 * GIB), (8, 8 * GIB, int(0.8 * GIB)), (8, 2 * GIB, LEAST_MEMORY), (1, 4 * GIB, 2 * GIB)],
)
def test_workers_share_the_memory_there_is(workers: int, memory: int, limit: int):
    assert memory_limit(Limits(), workers=workers, memory=memory) == pytest.approx(limit, rel=1e-6)
    assert memory_limit(Limits(worker_memory=3 * GIB), workers=workers, memory=memory) == 3 * GIB


def test_a_containers_memory_counts(tmp_path: Path):
    machine = usable_memory(tmp_path)
    group = tmp_path / "sys/fs/cgroup"
    group.mkdir(parents=True)
    (group / "memory.max").write_text("max\n")
    assert usable_memory(tmp_path) == machine
    (group / "memory.max").write_text("1048576\n")
    assert usable_memory(tmp_path) == 1048576
