"""What ``server status`` says of the container."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

import pytest

from mineru_cli.errors import EngineUnavailable
from mineru_cli.servers.docker.config import DockerConfig
from mineru_cli.servers.docker.launch import up
from mineru_cli.servers.docker.status import ServerStatus, container_status
from tests.servers.docker.engine_double import OUT_OF_MEMORY, EngineDouble, Script

pytestmark = pytest.mark.anyio
Engine = Callable[..., EngineDouble]


async def status(config: DockerConfig) -> ServerStatus:
    return await container_status(config, datetime.now(timezone.utc))


async def test_a_busy_server_reports_model_load_and_age(engine: Engine, config: DockerConfig):
    engine()
    await up(config, lambda progress: None, poll=0.05)
    told = await status(config)
    assert told.ready
    assert told.card is not None
    assert told.card.model == "Qwen/Qwen2.5-VL-7B-Instruct"
    assert told.load is not None
    assert told.load.running == 0
    assert told.uptime is not None


async def test_a_server_that_ended_says_with_which_code_and_where_to_look(
    engine: Engine, config: DockerConfig
):
    engine(Script(OUT_OF_MEMORY, exit_code=1))
    with pytest.raises(EngineUnavailable):
        await up(config, lambda progress: None, poll=0.05)
    told = await status(config)
    assert not told.ready
    assert told.error == "it ended with code 1 (mineru-batch server logs says why)"


async def test_no_server_says_how_to_start_one(engine: Engine, config: DockerConfig):
    engine()
    assert "mineru-batch server up" in (await status(config)).error
