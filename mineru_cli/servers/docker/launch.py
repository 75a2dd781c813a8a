"""``up`` and ``down``: start a server, phase by phase, until it is ready; stop it. Both around a run."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import anyio
import anyio.to_thread

from mineru_cli.domain.exposure import is_local
from mineru_cli.errors import EngineUnavailable, Interrupted, ServerError, ServerGivenUp, UsageError
from mineru_cli.servers.docker.command import following, run
from mineru_cli.servers.docker.config import DockerConfig, describe_env_file
from mineru_cli.servers.docker.container import Container, find_container
from mineru_cli.servers.docker.events import ComposeEvents
from mineru_cli.servers.docker.follow import Follower
from mineru_cli.servers.docker.machine import has_image
from mineru_cli.servers.docker.progress import Announce, LaunchFailed, Phase, PhaseBegan, PhaseMoved, Ready
from mineru_cli.servers.docker.stack import SERVICES, ComposeService, compose, service_wanted
from mineru_cli.servers.docker.start_lock import start_lock
from mineru_cli.servers.docker.vllm_log import StartFailure
from mineru_cli.servers.doctor.examine import preflight
from mineru_cli.servers.doctor.facts import Finding, gather
from mineru_cli.servers.readiness import ReadinessProof, prove

MIB = 2**20
STOP_SECONDS = 60
STOP = "mineru-batch server down"

_ENGINE_CAUSES = (
    (
        "port is already allocated",
        StartFailure(
            "the port is taken", "take another with --port, or see who has it with `docker ps` and `ss -ltnp`"
        ),
    ),
    ("address already in use", StartFailure("the port is taken", "take another with --port")),
    (
        "could not select device driver",
        StartFailure(
            "Docker cannot give GPUs to containers: it has no NVIDIA runtime",
            "install the NVIDIA Container Toolkit; `mineru-batch doctor` says how",
        ),
    ),
    ("unresolvable CDI devices", StartFailure("Docker finds no NVIDIA GPU", "see `nvidia-ctk cdi list`")),
    (
        "nvidia-container-cli",
        StartFailure("the NVIDIA runtime failed", "see `nvidia-smi`; update driver and toolkit"),
    ),
    ("no space left on device", StartFailure("the disk is full", "docker system prune, or a larger disk")),
    ("manifest unknown", StartFailure("there is no such image", "see VLLM_IMAGE")),
    ("pull access denied", StartFailure("the image cannot be pulled", "see VLLM_IMAGE, or `docker login`")),
    (
        "no such host",
        StartFailure("the registry cannot be reached", "see network, DNS and proxy of the Docker engine"),
    ),
)


def _require_key(service: ComposeService) -> None:
    """Refuse to expose a server to other machines without an API key: vLLM would serve anyone."""
    if not service.api_key and not is_local(service.host or "0.0.0.0"):  # noqa: S104 - docker's default
        raise UsageError(
            f"the server would listen on {service.host or 'every address'} without a key",
            hint="set MINERU_BATCH_API_KEY or --api-key-file FILE, or leave out --bind and MINERU_BIND",
        )


@dataclass(slots=True)
class _Launch:
    """One launch as a sequence of phases."""

    config: DockerConfig
    announce: Announce
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    poll: float
    keep: bool
    phase: Phase = "check"
    ours: bool = False
    """Whether this launch creates the container, rather than finding it running."""
    times: list[tuple[Phase, float]] = field(default_factory=list)

    def begin(self, phase: Phase) -> None:
        """Enter ``phase`` and note the time."""
        self.phase = phase
        self.times.append((phase, self.clock()))
        self.announce(PhaseBegan(phase))

    async def run(self) -> Ready:
        """Run all phases. Raises ``EngineUnavailable``, ``ServerGivenUp``, ``UsageError``."""
        self.begin("check")
        if text := await anyio.to_thread.run_sync(describe_env_file, self.config):
            self.announce(PhaseMoved("check", text))
        container = await self._found()
        if container is not None and container.running:
            service, found = await self._running(container), True
            verdict = await self._answered(service)
        else:
            service, found, verdict = await self._check(), False, None
            _require_key(service)
            await self._pull(service)
            container = await self._create(service)
        verdict = verdict or await self._wait(service, container, found)
        return self._ready(service, container, verdict, found)

    async def _found(self) -> Container | None:
        try:
            return await find_container(self.config)
        except EngineUnavailable:
            return None  # the checks that follow report the cause and the fix

    async def _running(self, container: Container) -> ComposeService:
        """Use a running server as it is: compose would recreate it over a changed variable."""
        service = await service_wanted(self.config)
        if container.model != service.model:
            raise UsageError(
                f"a server with {container.model} is running, not {service.model}",
                hint="stop it first: mineru-batch server down",
            )
        return container.address_of(service)

    async def _answered(self, service: ComposeService) -> ReadinessProof | None:
        """The proof of a server that is already up; None while it is starting and its phases are shown."""
        try:
            return await prove(
                service.url, model=service.model, api_key=service.api_key or None, clock=self.clock
            )
        except ServerError:  # not ready yet, or never: watching it shows which
            return None

    async def _check(self) -> ComposeService:
        if not self.config.check:
            return await service_wanted(self.config)
        facts = await gather(self.config)
        if missing := preflight(facts):
            raise self.failed(_all_problems(missing))
        return facts.service or await service_wanted(self.config)

    async def _pull(self, service: ComposeService) -> None:
        self.begin("pull")
        if await has_image(service.image):
            self.announce(PhaseMoved("pull", f"{service.image} is here", 1.0))
            return
        what = ("build",) if service.built else ("pull", "--policy", "missing")
        await self._compose(*what, service.name)

    async def _create(self, service: ComposeService) -> Container:
        self.begin("create")
        self.ours = True
        await self._compose("up", "--detach", "--no-build", "--no-deps", service.name)
        container = await find_container(self.config)
        if container is None:
            raise self.failed(StartFailure("compose made no container", "see `docker compose ps --all`"))
        return container

    async def _wait(self, service: ComposeService, container: Container, found: bool) -> ReadinessProof:
        self.begin("load")
        follower = Follower(
            service,
            container,
            found,
            self.announce,
            self.begin,
            poll=self.poll,
            sleep=self.sleep,
            clock=self.clock,
        )
        with anyio.move_on_after(self.config.ready_seconds):
            await follower.watch()
        if follower.refused is not None:
            self.failed(StartFailure(follower.refused.message, follower.refused.hint), follower.tail)
            raise follower.refused
        if follower.cause is not None:
            await self._stop(service)
            raise self.failed(follower.cause, follower.tail)
        if follower.verdict is None:
            reason = f"the server was not ready after {self.config.ready_seconds:.0f} s"
            hint = "it is still starting: mineru-batch server wait, or server logs --follow"
            self.failed(StartFailure(reason, hint), follower.tail)
            raise ServerGivenUp(reason, hint=hint)
        return follower.verdict

    def _ready(
        self, service: ComposeService, container: Container, verdict: ReadinessProof, found: bool
    ) -> Ready:
        self.begin("ready")
        card = verdict.card
        ends = [at for _, at in self.times[1:]] + [self.clock()]
        spans = tuple((phase, end - at) for (phase, at), end in zip(self.times, ends, strict=True))
        ready = Ready(
            service.url,
            card.model,
            card.version,
            card.max_model_len,
            container.name,
            found,
            seconds=ends[-1] - self.times[0][1],
            answer_seconds=verdict.answer_seconds,
            phases=spans,
        )
        self.announce(ready)
        return ready

    async def _compose(self, *arguments: str) -> None:
        """Run compose and show its progress. Raises ``EngineUnavailable`` with compose's message."""
        events, code, reported = ComposeEvents(), 0, ""
        command = await compose(self.config, "--profile", "*", *arguments)
        async with following(command, environment=self.config.environment()) as lines:
            async for line in lines:
                if isinstance(line, int):
                    code = line
                elif events.read(line) and _progress_key(events) != reported:
                    reported = _progress_key(events)
                    self.announce(PhaseMoved(self.phase, reported, events.share))
        if code != 0:
            error = events.error or events.text or f"docker compose ended with code {code}"
            raise self.failed(_cause_of_engine(error))

    async def _stop(self, service: ComposeService) -> None:
        """Stop a container that cannot get ready: Docker would restart it forever."""
        command = await compose(self.config, "--profile", "*", "stop", "--timeout", "10", service.name)
        await run(command, environment=self.config.environment(), within=STOP_SECONDS)

    async def abandoned(self) -> Interrupted:
        """Take down what this launch started, and report what is left."""
        reason = f"stopped in phase {self.phase}"
        if not self.ours:
            hint = "nothing was started, and what ran before keeps running"
        elif self.keep:
            hint = f"the container is still starting (--keep): mineru-batch server wait; {STOP} ends it"
        else:
            with anyio.CancelScope(shield=True):
                hint = await self._taken_down()
        self.announce(LaunchFailed(self.phase, reason, hint, ()))
        return Interrupted(f"no server: {reason}", hint=hint)

    async def _taken_down(self) -> str:
        self.announce(PhaseMoved(self.phase, "stopping: the container is taken down"))
        try:
            await _remove(self.config)
        except EngineUnavailable as error:
            return f"the container may run on: {STOP} ends it ({error.message})"
        return "the container was taken down; what was downloaded is kept. With --keep it would keep starting"

    def failed(self, cause: StartFailure, lines: tuple[str, ...] = ()) -> EngineUnavailable:
        """Announce the failure and return its error."""
        self.announce(LaunchFailed(self.phase, cause.reason, cause.hint, lines))
        where = "" if self.phase == "check" else f", phase {self.phase}"
        return EngineUnavailable(f"no server{where}: {cause.reason}", hint=cause.hint)


def _all_problems(findings: Sequence[Finding]) -> StartFailure:
    """All problems with their fixes at once, so that users need not find them one start at a time."""
    if len(findings) == 1:
        return StartFailure(findings[0].detail, findings[0].fix)
    details = "; ".join(finding.detail for finding in findings)
    return StartFailure(
        f"{len(findings)} problems: {details}", "\n".join(f"{one.check}: {one.fix}" for one in findings)
    )


def _progress_key(events: ComposeEvents) -> str:
    here, total = events.sizes
    done, layers = events.layers
    if not layers:
        return events.text
    size = f", {here / MIB:,.0f} of {total / MIB:,.0f} MiB" if total else ""
    return f"{done} of {layers} layers{size}"


def _cause_of_engine(error: str) -> StartFailure:
    for words, cause in _ENGINE_CAUSES:
        if words.lower() in error.lower():
            return replace(cause, reason=f"{cause.reason} ({error[:200]})")
    return StartFailure(error[:400], "see `mineru-batch doctor`")


async def up(
    config: DockerConfig,
    announce: Announce,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    poll: float = 1.0,
    keep: bool = False,
) -> Ready:
    """Start the server, or find it running, and wait until it serves the model and answers one request.

    Concurrent callers start one server: the second waits for the first. Raises ``EngineUnavailable`` if it
    cannot start (the container is then stopped, and kept for its log), ``ServerGivenUp`` if it is not ready
    in time, ``UsageError`` if a server with another model runs, ``ServerRefused``. When cancelled, it takes
    down the container that it created, unless ``keep``, and raises ``Interrupted``.
    """

    def waiting(owner: str) -> None:
        announce(PhaseMoved("check", f"process {owner} is starting the server: waiting for it"))

    async with start_lock(config.project, waiting, sleep=sleep):
        launch = _Launch(config, announce, clock, sleep, poll, keep)
        try:
            return await launch.run()
        except anyio.get_cancelled_exc_class():
            raise await launch.abandoned() from None


async def down(config: DockerConfig) -> bool:
    """Stop and remove the server's container; caches stay. Returns whether there was one.

    Raises ``EngineUnavailable`` if Docker fails.
    """
    container = await find_container(config)
    if container is None:
        return False
    await _remove(config)
    return True


async def _remove(config: DockerConfig) -> None:
    command = await compose(config, "--profile", "*", "rm", "--stop", "--force", *SERVICES)
    done = await run(command, environment=config.environment(), within=STOP_SECONDS * 3)
    if done.code != 0:
        events = ComposeEvents()
        for line in (done.out + done.err).splitlines():
            events.read(line)
        raise EngineUnavailable(
            f"docker compose: {events.error or done.output}", hint="see `mineru-batch doctor`"
        )


@asynccontextmanager
async def docker_server(
    config: DockerConfig,
    announce: Announce,
    *,
    keep: bool = False,
    unstopped: Callable[[EngineUnavailable], None] | None = None,
) -> AsyncIterator[Ready]:
    """The running server. One that this call started is stopped on exit, unless ``keep``.

    A server that was already running is used and left running. Raises what ``up`` raises, and on exit
    ``EngineUnavailable`` for a container that cannot be stopped, unless ``unstopped`` takes that error.
    """
    ready = await up(config, announce, keep=keep)
    try:
        yield ready
    finally:
        if not (ready.found or keep):
            with anyio.CancelScope(shield=True):
                try:
                    await down(config)
                except EngineUnavailable as error:
                    if unstopped is None:
                        raise
                    unstopped(error)
