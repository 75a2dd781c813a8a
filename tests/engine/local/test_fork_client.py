"""The fork server: workers on demand, their ends told, none left over."""

from __future__ import annotations

import os
import signal
import sys

import anyio
import psutil
import pytest

from mineru_cli.engine.local import launch as module
from mineru_cli.engine.local.fork_client import ForkServer
from mineru_cli.engine.local.launch import launch, launched

pytestmark = pytest.mark.anyio


async def test_workers_have_streams_and_ends_of_their_own():
    async with anyio.create_task_group() as tasks:
        server = ForkServer()
        first, second = await server.fork(tasks), await server.fork(tasks)
        assert first.pid != second.pid
        await first.stdin.aclose()  # no job will come
        await first.ended.wait()
        assert first.status == 0
        assert second.status is None
        second.kill()
        await second.ended.wait()
        assert second.status == -signal.SIGKILL
        await server.aclose()
        for child in (first, second):
            await child.aclose()


async def test_a_worker_that_fails_says_why():
    async with anyio.create_task_group() as tasks:
        server = ForkServer()
        child = await server.fork(tasks)
        await child.stdin.send(b"no job\n")
        await child.ended.wait()
        assert child.status == 1
        said = b"".join([chunk async for chunk in child.stderr.chunks()])
        assert b"Traceback" in said
        await server.aclose()
        await child.aclose()


@pytest.mark.spec("orchestration/fault-isolation/a-lost-fork-server-is-replaced")
async def test_workers_end_with_their_server_and_the_next_has_a_new_one():
    async with anyio.create_task_group() as tasks:
        server = ForkServer()
        lost = await server.fork(tasks)
        os.kill(psutil.Process(lost.pid).ppid(), signal.SIGKILL)
        await lost.ended.wait()
        assert lost.status == -signal.SIGKILL
        child = await server.fork(tasks)
        assert child.status is None
        await server.aclose()
        assert child.status is not None or not psutil.pid_exists(child.pid)
        await lost.aclose()
        await child.aclose()


async def test_the_error_of_a_fork_server_that_cannot_load_reaches_the_worker(monkeypatch):
    monkeypatch.setattr(
        module, "python_command", lambda name: ["sh", "-c", "echo no such module >&2; exit 3"]
    )
    async with anyio.create_task_group() as tasks:
        server = ForkServer()
        child = await server.fork(tasks)
        await child.ended.wait()
        assert (child.pid, child.status, list(child.stderr_tail)) == (0, 3, ["no such module"])
        child.kill()
        await server.aclose()
        await child.aclose()


async def test_a_system_without_room_for_a_process_is_reported_and_ends_no_process(monkeypatch):
    code = "import errno, os\nfrom mineru_cli.engine.local import fork_server\nfork, times = os.fork, []\n"
    code += "def second_fails():\n    times.append(1)\n    if len(times) == 2:\n        raise OSError(errno.EAGAIN, 'no')\n"
    code += "    return fork()\nos.fork = second_fails\nfork_server.main()\n"
    monkeypatch.setattr(module, "python_command", lambda name: [sys.executable, "-c", code])
    async with anyio.create_task_group() as tasks:
        server = ForkServer()
        children = [await server.fork(tasks) for _ in range(3)]
        assert [child.status for child in children] == [None, 1, None]
        assert "Resource temporarily unavailable" in children[1].stderr_tail[0]
        await server.aclose()
        for child in children:
            await child.aclose()


async def test_what_was_started_ahead_is_used_and_ended():
    with launched() as ahead:
        async with anyio.create_task_group() as tasks:
            server = ForkServer(ahead)
            child = await server.fork(tasks)
            assert psutil.Process(child.pid).ppid() == ahead.process.pid
            await server.aclose()
            await child.aclose()
    assert ahead.process.returncode == 0


def test_it_is_ended_when_the_run_never_starts():
    with pytest.raises(KeyError), launched() as ahead:
        raise KeyError
    assert ahead.process.returncode is not None


def test_a_run_that_is_gone_ends_it():
    server = launch()
    server.control.close()
    assert server.process.wait(60) == 0
    server.end()


def test_the_users_environment_wins(monkeypatch):
    said = "echo $MALLOC_ARENA_MAX $PYDANTIC_DISABLE_PLUGINS >&2"
    monkeypatch.setattr(module, "python_command", lambda name: ["sh", "-c", said])
    monkeypatch.setenv("MALLOC_ARENA_MAX", "7")
    with launched() as server:
        server.process.wait(60)
        assert server.stderr.recv(100).split() == [b"7", b"__all__"]
