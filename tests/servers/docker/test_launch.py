"""A launch with the real docker client and the real compose, on a stand-in engine (see engine_double)."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace

import anyio
import pytest

from mineru_cli.errors import EngineUnavailable, Interrupted, ModelNotFound, ServerGivenUp, UsageError
from mineru_cli.servers.docker.config import DockerConfig
from mineru_cli.servers.docker.container import find_container
from mineru_cli.servers.docker.launch import docker_server, down, up
from mineru_cli.servers.docker.progress import (
    PHASES,
    LaunchFailed,
    PhaseBegan,
    PhaseMoved,
    Progress,
    Ready,
    milestone,
)
from tests.servers.docker.engine_double import LINES, OUT_OF_MEMORY, EngineDouble, Script

pytestmark = pytest.mark.anyio
Engine = Callable[..., EngineDouble]
CREATE = "POST /containers/create"


class Heard(list[Progress]):
    """What a launch announced."""

    @property
    def phases(self) -> list[str]:
        return [one.phase for one in self if isinstance(one, PhaseBegan)]

    def shares(self, phase: str) -> list[float]:
        moved = [one for one in self if isinstance(one, PhaseMoved) and one.phase == phase]
        return [one.share for one in moved if one.share is not None]

    @property
    def failed(self) -> LaunchFailed:
        (failed,) = (one for one in self if isinstance(one, LaunchFailed))
        return failed


async def _up(config: DockerConfig, heard: Heard) -> Ready:
    return await up(config, heard.append, poll=0.05)


@pytest.mark.spec("gpu-microservices/server-start/every-phase-is-reported")
async def test_a_launch_goes_through_every_phase_and_proves_the_server(engine: Engine, config: DockerConfig):
    engine(Script(LINES, pause=0.02))
    heard = Heard()
    ready = await _up(config, heard)
    assert heard.phases == list(PHASES)
    assert ready.model == "Qwen/Qwen2.5-VL-7B-Instruct"
    assert ready.url == f"http://127.0.0.1:{config.port}"
    assert (ready.version, ready.max_model_len, ready.found) == ("0.28.0", 16384, False)
    assert ready.answer_seconds > 0
    assert [phase for phase, _ in ready.phases] == list(PHASES)
    assert heard.shares("load") == [0.2, 1.0]
    assert heard.shares("warm-up") == [0.4]


async def test_a_slow_pull_says_how_far_it_is(engine: Engine, config: DockerConfig):
    engine(pull_pause=0.15)
    heard = Heard()
    await _up(config, heard)
    shares = heard.shares("pull")
    assert shares == sorted(shares)
    assert shares[0] < 0.2
    assert shares[-1] == 1.0
    assert any("of 2 layers" in one.text for one in heard if isinstance(one, PhaseMoved))


@pytest.mark.spec("gpu-microservices/server-start/two-starts-make-one-server")
async def test_a_second_up_finds_the_first_ones_server(engine: Engine, config: DockerConfig):
    double = engine()
    await _up(config, Heard())
    heard = Heard()
    again = await _up(config, heard)
    assert again.found
    assert heard.phases == ["check", "ready"], "what it went through when it started is no news"
    assert double.asked_for(CREATE) == 1


@pytest.mark.spec("gpu-microservices/server-start/two-starts-make-one-server")
async def test_two_callers_at_once_start_one_server(engine: Engine, config: DockerConfig):
    double = engine(Script(LINES, pause=0.02))
    first, second, ready = Heard(), Heard(), []

    async def call(heard: Heard) -> None:
        ready.append(await _up(config, heard))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call, first)
        tasks.start_soon(call, second)
    assert sorted(one.found for one in ready) == [False, True]
    assert double.asked_for(CREATE) == 1
    assert any(isinstance(one, PhaseMoved) and "is starting the server" in one.text for one in first + second)


@pytest.mark.spec("gpu-microservices/model-choice/another-model-is-refused")
async def test_another_model_is_not_swapped_in_under_a_running_server(engine: Engine, config: DockerConfig):
    double = engine()
    await _up(config, Heard())
    with pytest.raises(UsageError, match="is running, not other/Model-VL") as caught:
        await _up(replace(config, model="other/Model-VL"), Heard())
    assert "server down" in caught.value.hint
    assert double.asked_for(CREATE) == 1


@pytest.mark.spec("gpu-microservices/server-start/a-missing-gpu-runtime-is-found-first")
async def test_no_gpu_runtime_is_seen_before_anything_is_pulled(engine: Engine, config: DockerConfig):
    double = engine(runtimes=["runc"])
    heard = Heard()
    with pytest.raises(EngineUnavailable, match="no NVIDIA runtime") as caught:
        await _up(config, heard)
    assert "nvidia-ctk runtime configure" in caught.value.hint
    assert heard.failed.phase == "check"
    assert double.asked_for("POST /images/create") == 0


async def test_without_the_checks_dockers_own_words_name_the_runtime(engine: Engine, config: DockerConfig):
    engine(runtimes=["runc"])
    with pytest.raises(EngineUnavailable, match="could not select device driver") as caught:
        await _up(replace(config, check=False), Heard())
    assert "NVIDIA Container Toolkit" in caught.value.hint


@pytest.mark.spec("gpu-microservices/server-start/gpu-memory-that-ran-out-is-named")
async def test_out_of_memory_while_loading_is_named_and_the_container_stopped(
    engine: Engine, config: DockerConfig
):
    engine(Script(OUT_OF_MEMORY, pause=0.02, exit_code=1))
    heard = Heard()
    with pytest.raises(EngineUnavailable, match="the GPU's memory ran out"):
        await _up(config, heard)
    assert heard.failed.phase == "load"
    assert any("CUDA out of memory" in line for line in heard.failed.lines)
    container = await find_container(config)
    assert container is not None
    assert container.state == "exited"


async def test_a_kill_by_the_kernel_is_distinguished_from_gpu_memory(engine: Engine, config: DockerConfig):
    engine(Script(LINES[:3], exit_code=137, out_of_memory=True))
    with pytest.raises(EngineUnavailable, match="the kernel killed it"):
        await _up(config, Heard())


@pytest.mark.spec("gpu-microservices/server-start/a-crash-loop-ends")
async def test_a_crash_loop_ends_after_a_few_restarts(engine: Engine, config: DockerConfig):
    engine(Script((*LINES[:2], "Segmentation fault (core dumped)"), pause=0.01, exit_code=139))
    heard = Heard()
    with pytest.raises(EngineUnavailable, match=r"ended \d+ times with code 139"):
        await _up(config, heard)
    assert "Segmentation fault (core dumped)" in heard.failed.lines
    container = await find_container(config)
    assert container is not None
    assert container.state == "exited"


async def test_a_taken_port_is_seen_first(engine: Engine, config: DockerConfig):
    double = engine()
    with socket.socket() as other:
        other.bind(("127.0.0.1", config.port))
        other.listen()
        with pytest.raises(EngineUnavailable, match=f"{config.port} is taken") as caught:
            await _up(config, Heard())
    assert f"--port {config.port + 1}" in caught.value.hint
    assert double.asked_for(CREATE) == 0


async def test_all_that_is_missing_is_reported_immediately(engine: Engine, config: DockerConfig):
    engine(runtimes=["runc"])
    with socket.create_server(("127.0.0.1", config.port)), pytest.raises(EngineUnavailable) as caught:
        await _up(config, Heard())
    assert "2 problems: " in caught.value.message
    assert f"port {config.port} is taken" in caught.value.message
    runtime, port = caught.value.hint.splitlines()
    assert runtime.startswith("nvidia runtime: install the NVIDIA Container Toolkit")
    assert port.startswith("port: see who it is")


async def test_a_port_that_only_docker_knows_to_be_taken(engine: Engine, config: DockerConfig):
    words = "driver failed programming external connectivity on endpoint x: port is already allocated"
    engine(start_error=words)
    heard = Heard()
    with pytest.raises(EngineUnavailable, match="the port is taken"):
        await _up(config, heard)
    assert heard.failed.phase == "create"


async def test_no_such_image(engine: Engine, config: DockerConfig):
    engine(pull_error="manifest for vllm/vllm-openai:v0.28.0 not found: manifest unknown")
    with pytest.raises(EngineUnavailable, match="there is no such image"):
        await _up(config, Heard())


async def test_no_engine_at_all(docker_environment: object, config: DockerConfig, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{docker_environment}/none.sock")
    with pytest.raises(EngineUnavailable, match="Cannot connect to the Docker daemon") as caught:
        await _up(config, Heard())
    assert "systemctl start docker" in caught.value.hint


@pytest.mark.parametrize("ask", [down, find_container])
async def test_without_an_engine_no_absence_of_a_container_is_claimed(
    docker_environment: object, config: DockerConfig, monkeypatch, ask
):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{docker_environment}/none.sock")
    with pytest.raises(EngineUnavailable, match=r"Docker cannot be asked for the container: .*daemon"):
        await ask(config)


async def test_a_server_that_never_gets_ready_is_given_up_and_left_alone(
    engine: Engine, config: DockerConfig
):
    engine(Script(LINES[:3] * 200, pause=0.05))
    with pytest.raises(ServerGivenUp, match="not ready after 1 s"):
        await _up(replace(config, ready_seconds=1.0), Heard())
    container = await find_container(config)
    assert container is not None
    assert container.running


async def test_a_server_with_another_model_than_requested_is_not_a_success(
    engine: Engine, config: DockerConfig
):
    engine(Script(LINES, model="something-else"))
    with pytest.raises(ModelNotFound, match="something-else"):
        await _up(config, Heard())


@pytest.mark.parametrize("keep", [False, True])
async def test_an_abandoned_launch_takes_down_what_it_began_unless_it_is_kept(
    engine: Engine, config: DockerConfig, keep: bool
):
    double, heard = engine(Script(LINES[:3] * 200, pause=0.05)), Heard()
    with anyio.CancelScope() as scope:

        def announce(progress: Progress) -> None:
            heard.append(progress)
            if progress == PhaseBegan("load"):
                scope.cancel()

        with pytest.raises(Interrupted, match="stopped in phase load") as caught:
            await up(config, announce, poll=0.05, keep=keep)
    assert len(double.containers) == keep
    assert ("server down" in caught.value.hint) == keep
    assert heard.failed.hint == caught.value.hint


async def test_an_abandoned_wait_leaves_alone_what_another_call_started(engine: Engine, config: DockerConfig):
    double = engine()
    await _up(config, Heard())
    with anyio.CancelScope() as scope:
        with pytest.raises(Interrupted, match="stopped in phase check") as caught:
            await up(config, lambda progress: scope.cancel(), poll=0.05)
    assert len(double.containers) == 1
    assert "what ran before keeps running" in caught.value.hint


@pytest.mark.spec("gpu-microservices/graceful-stop/down-finishes-and-removes")
async def test_down_removes_the_container_and_says_when_there_was_none(engine: Engine, config: DockerConfig):
    double = engine()
    await _up(config, Heard())
    assert await down(config)
    assert double.containers == {}
    assert not await down(config)


async def test_a_server_of_ones_own_goes_with_the_run(engine: Engine, config: DockerConfig):
    double, heard = engine(), Heard()
    with pytest.raises(ZeroDivisionError):
        async with docker_server(config, heard.append):
            raise ZeroDivisionError
    assert double.containers == {}
    told = [text for text in map(milestone, heard) if text]
    assert len(told) == len(heard.phases) + 1
    assert "is ready after" in told[-1]


@pytest.mark.parametrize("found", [False, True])
async def test_a_server_that_is_kept_or_was_there_before_stays(
    engine: Engine, config: DockerConfig, found: bool
):
    double = engine()
    if found:
        await _up(config, Heard())
    async with docker_server(config, Heard().append, keep=not found) as ready:
        assert ready.found == found
    assert len(double.containers) == 1


async def test_a_server_that_cannot_be_stopped_leaves_the_outcome_of_the_run(
    engine: Engine, config: DockerConfig, monkeypatch: pytest.MonkeyPatch
):
    engine()
    unstopped: list[EngineUnavailable] = []
    async with docker_server(config, Heard().append, unstopped=unstopped.append):
        monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    assert len(unstopped) == 1


async def test_a_server_that_cannot_be_stopped_is_an_error_where_nothing_takes_it(
    engine: Engine, config: DockerConfig, monkeypatch: pytest.MonkeyPatch
):
    engine()
    with pytest.raises(EngineUnavailable):
        async with docker_server(config, Heard().append):
            monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
