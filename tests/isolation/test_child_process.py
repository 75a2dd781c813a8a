"""A child process whose start is cancelled is still waited for, and its pipes closed."""

from __future__ import annotations

import gc
import sys
import warnings

import anyio
import anyio.lowlevel
import pytest

from mineru_cli.isolation.child_process import open_process
from mineru_cli.servers.docker.command import following, run

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


async def _follow() -> None:
    async with following(SLEEP) as lines:
        async for _ in lines:
            pass


async def _run() -> None:
    await run(SLEEP)


@pytest.mark.parametrize("steps", range(1, 12))
@pytest.mark.parametrize("start", [_follow, _run])
def test_a_cancelled_start_leaves_nothing_open(start, steps: int):
    async def cancelled_after_some_steps() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(start)
            for _ in range(steps):
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", ResourceWarning)
        anyio.run(cancelled_after_some_steps)
        gc.collect()
    assert [str(one.message) for one in seen] == []


@pytest.mark.anyio
async def test_a_program_that_does_not_exist_is_an_operating_system_error():
    with pytest.raises(FileNotFoundError):
        await open_process(["/no/such/program"])


@pytest.mark.anyio
async def test_output_and_errors_are_kept_apart_and_the_code_is_returned():
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    done = await run([sys.executable, "-c", code])
    assert (done.code, done.out, done.err) == (3, "out\n", "err\n")


@pytest.mark.anyio
async def test_a_command_without_an_answer_is_given_up():
    done = await run(SLEEP, within=0.2)
    assert (done.code, "no answer within 0.2 s" in done.err) == (124, True)
