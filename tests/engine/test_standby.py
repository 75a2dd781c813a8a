"""Workers started ahead: taken in order, none left over."""

from __future__ import annotations

import pytest

from mineru_cli.engine import standby as module
from mineru_cli.engine.standby import Standby, standby

pytestmark = pytest.mark.anyio


async def test_those_that_wait_are_taken_first_and_the_rest_is_ended():
    async with standby(2) as waiting:
        taken = await waiting.take()
        (other,) = waiting._waiting
        assert taken.returncode is None
        taken.kill()
        await taken.aclose()
    assert other.returncode is not None


async def test_when_none_waits_a_new_one_is_started():
    process = await Standby().take()
    assert process.returncode is None
    process.kill()
    await process.aclose()


async def test_they_are_ended_when_the_run_never_starts():
    waiting = standby(1)
    (process,) = (await waiting.__aenter__())._waiting
    assert not await waiting.__aexit__(KeyError, KeyError(), None), "the error is not swallowed"
    assert process.returncode is not None


async def test_the_users_environment_wins(monkeypatch):
    monkeypatch.setattr(module, "COMMAND", ("sh", "-c", "echo $MALLOC_ARENA_MAX $PYDANTIC_DISABLE_PLUGINS"))
    monkeypatch.setenv("MALLOC_ARENA_MAX", "7")
    process = await Standby().take()
    assert (await process.stdout.receive()).split() == [b"7", b"__all__"]
    await process.aclose()
