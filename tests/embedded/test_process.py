"""The engine as a child process: real processes, real models."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys

import anyio
import httpx
import psutil
import pytest

from mineru_cli.embedded import process
from mineru_cli.embedded.config import EmbeddedConfig
from mineru_cli.embedded.process import embedded_server
from mineru_cli.errors import EngineUnavailable, ServerGivenUp
from tests.embedded.drawn import page
from tests.embedded.http.test_protocol import image_part

pytest.importorskip("rapidocr", reason="the extra [embedded] is not installed")

pytestmark = pytest.mark.anyio


def is_gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def until_gone(pid):
    with anyio.fail_after(60):
        while not is_gone(pid):
            await anyio.sleep(0.02)


async def test_it_serves_as_long_as_the_context_lasts():
    async with embedded_server(EmbeddedConfig(threads=1, api_key="secret", grace=5)) as server:
        assert not is_gone(server.pid)
        assert "secret" not in " ".join(psutil.Process(server.pid).cmdline())
        async with httpx.AsyncClient(base_url=server.url, timeout=10) as client:
            with anyio.fail_after(30):
                while (await client.get("/health")).status_code != 200:
                    await anyio.sleep(0.05)
            assert (await client.get("/v1/models")).status_code == 401
            reply = await client.get("/v1/models", headers={"Authorization": "Bearer secret"})
            assert reply.json()["data"][0]["id"] == server.model
    assert is_gone(server.pid)


async def test_it_is_stopped_when_the_body_fails():
    seen = []

    async def fail():
        async with embedded_server(EmbeddedConfig(threads=1, grace=5)) as server:
            seen.append(server.pid)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert is_gone(seen[0])


async def test_an_engine_that_dies_later_is_the_reason_that_no_server_answers():
    async def wait_for_it():
        async with embedded_server(EmbeddedConfig(threads=1, grace=5)) as server:
            os.kill(server.pid, signal.SIGKILL)
            await until_gone(server.pid)
            await anyio.sleep(0.2)
            raise ServerGivenUp("no server came up")

    with pytest.raises(EngineUnavailable, match="ended with code -9"):
        await wait_for_it()


async def test_it_is_killed_when_it_does_not_stop():
    async with embedded_server(EmbeddedConfig(threads=1, grace=0.1)) as server:
        os.kill(server.pid, signal.SIGSTOP)
    assert is_gone(server.pid)


async def test_an_engine_that_cannot_start_says_why():
    with pytest.raises(EngineUnavailable, match="no recogniser 'nope'"):
        async with embedded_server(EmbeddedConfig(recogniser="nope")):
            pass


async def test_a_port_that_is_taken_is_reported():
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with listener:
        with pytest.raises(EngineUnavailable, match="cannot listen"):
            async with embedded_server(EmbeddedConfig(port=port)):
                pass


async def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr(process, "PACKAGES", ("numpy", "no_such_package"))
    with pytest.raises(EngineUnavailable, match="no_such_package") as caught:
        async with embedded_server(EmbeddedConfig()):
            pass
    assert "pip install" in caught.value.hint


PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-m", "mineru_cli.embedded", "--die-with-parent", "--threads", "1"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
print(child.stdout.readline().strip() and child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.spec("orchestration/fault-isolation/nothing-is-orphaned")
async def test_it_is_never_orphaned():
    parent = await anyio.open_process(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    async with parent:
        assert parent.stdout is not None
        child = int((await parent.stdout.receive()).split()[0])
        assert not is_gone(child)
        parent.kill()
        await parent.wait()
        await until_gone(child)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_as_a_command_it_ends_in_good_order(number):
    command = [sys.executable, "-m", "mineru_cli", "server", "embedded", "--port", "0", "--threads", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert '"url"' in child.stdout.readline()
        child.send_signal(number)
        _, errors = child.communicate(timeout=60)
    assert (child.returncode, errors) == (0, "")


async def test_it_ends_when_stdin_ends():
    command = [sys.executable, "-m", "mineru_cli.embedded", "--die-with-parent", "--threads", "1"]
    child = await anyio.open_process(command, stderr=subprocess.DEVNULL)
    async with child:
        assert child.stdout is not None
        assert child.stdin is not None
        await child.stdout.receive()
        await child.stdin.aclose()
        with anyio.fail_after(60):
            assert await child.wait() == 0 or child.returncode == -signal.SIGTERM


def test_starting_it_imports_no_models_in_this_process():
    code = "import sys, mineru_cli.embedded.process; print([m for m in ('numpy','onnxruntime','openvino','uvicorn') if m in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


@pytest.fixture
def question():
    """A request to read a whole drawn page: work for some time."""
    buffer = io.BytesIO()
    page().save(buffer, "PNG")
    parts = [image_part(buffer.getvalue()), {"type": "text", "text": "\nText Recognition:"}]
    return {"messages": [{"role": "user", "content": parts}]}


@pytest.mark.spec("gpu-microservices/graceful-stop/sigterm-finishes-what-runs")
async def test_sigterm_lets_a_running_request_finish(question):
    async with embedded_server(EmbeddedConfig(threads=1)) as server:
        async with (
            httpx.AsyncClient(base_url=server.url, timeout=60) as client,
            anyio.create_task_group() as tasks,
        ):
            while (await client.get("/health")).status_code != 200:
                await anyio.sleep(0.05)
            replies = []

            async def ask():
                replies.append(await client.post("/v1/chat/completions", json=question))

            tasks.start_soon(ask)
            while (
                'requests_running{engine="0",model_name="mineru-embedded-cpu"} 1.0'
                not in (await client.get("/metrics")).text
            ):
                await anyio.sleep(0.005)
            os.kill(server.pid, signal.SIGTERM)
        await until_gone(server.pid)
    assert replies[0].status_code == 200
    assert "reservoirs supply" in replies[0].json()["choices"][0]["message"]["content"]


async def test_lines_that_a_library_writes_before_the_announcement_are_skipped(monkeypatch):
    script = (
        'import sys; print(\'Loading ...\'); print(\'{"url": "http://127.0.0.1:9", "pid": 7, "model": "m"}\','
        " flush=True); sys.stdin.read()"
    )
    monkeypatch.setattr(process, "_command", lambda _: [sys.executable, "-c", script])
    async with embedded_server(EmbeddedConfig(grace=1)) as server:
        assert (server.url, server.pid, server.model) == ("http://127.0.0.1:9", 7, "m")
