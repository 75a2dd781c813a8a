"""Watching a container start: its log, its state and its port, until it is ready or has failed."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio

from mineru_cli.errors import (
    MinerUBatchError,
    RequestError,
    ServerUnreachable,
)
from mineru_cli.servers.docker.command import following
from mineru_cli.servers.docker.container import Container, inspect
from mineru_cli.servers.docker.progress import PHASES, Announce, LaunchNote, Phase, PhaseMoved
from mineru_cli.servers.docker.stack import ComposeService
from mineru_cli.servers.docker.vllm_log import StartFailure, cause_of, phase_of, share_of, short
from mineru_cli.servers.readiness import ReadinessProof, prove

LAST_LINES = 30
KEPT_LINES = 400
RESTARTS = 2
"""Restarts of a container that was never ready that count as a crash loop; one may be chance."""


@dataclass(slots=True)
class Follower:
    """Watches one container. ``found``: it was already running. ``began`` is called when a phase begins.

    ``verdict``, ``cause`` or ``refused`` ends the watching. ``lines`` span restarts, ``last_life`` is the log
    from the container's latest start to its exit.
    """

    service: ComposeService
    container: Container
    found: bool
    announce: Announce
    began: Callable[[Phase], None]
    poll: float
    sleep: Callable[[float], Awaitable[None]]
    clock: Callable[[], float]
    phase: Phase = "load"
    seen: int = 0
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    last_life: tuple[str, ...] = ()
    verdict: ReadinessProof | None = None
    cause: StartFailure | None = None
    refused: MinerUBatchError | None = None

    @property
    def over(self) -> bool:
        """Whether the outcome is known."""
        return self.verdict is not None or self.cause is not None or self.refused is not None

    @property
    def tail(self) -> tuple[str, ...]:
        """The end of the log: of the latest life that exited, rather than of the restart after it."""
        return (self.last_life or tuple(self.lines))[-LAST_LINES:]

    async def watch(self) -> None:
        """Return when the server is ready or has failed."""
        async with anyio.create_task_group() as tasks:
            for part in (self._read_log, self._look_at_state, self._ask):
                tasks.start_soon(self._until_over, part, tasks.cancel_scope)

    async def _until_over(self, part: Callable[[], Awaitable[None]], scope: anyio.CancelScope) -> None:
        while not self.over:
            await part()
            if not self.over:
                await self.sleep(self.poll)
        scope.cancel()

    async def _read_log(self) -> None:
        """Follow the log until the container stops; after a restart, follow it again."""
        before = self.seen
        await self._follow(skip=self.seen)
        if new := self.seen - before:
            self.last_life = tuple(self.lines)[-new:]

    async def _follow(self, skip: int) -> None:
        """The log since the start, without lines already seen; for a server found running only its tail."""
        if self.found:
            which, skip = ("--tail", "0" if self.seen else "200"), 0
        else:
            which = ("--since", self.container.started or "0")
        async with following(("docker", "logs", "--follow", *which, self.container.id)) as lines:
            async for line in lines:
                if isinstance(line, str) and line.strip():
                    skip -= 1
                    if skip < 0:
                        self._line(line)

    def _line(self, line: str) -> None:
        self.seen += 1
        self.lines.append(line)
        self.announce(LaunchNote(line))
        phase = phase_of(line)
        if phase is None or phase == "ready":
            return
        if PHASES.index(phase) > PHASES.index(self.phase):
            self.phase = phase
            self.began(phase)
        if phase == self.phase:
            self.announce(PhaseMoved(phase, short(line), share_of(line)))

    async def _look_at_state(self) -> None:
        now = await inspect(self.container.id)
        if now is None:
            self.cause = StartFailure("the container was removed", "another `docker compose down`?")
            return
        restarts = now.restarts - self.container.restarts
        ended = now.state in ("exited", "dead")
        cause = cause_of(self.lines)
        if now.out_of_memory:
            cause = StartFailure("the machine's memory ran out and the kernel killed it", "give it more RAM")
        if ended or restarts >= RESTARTS or (restarts and cause):
            if not self.last_life:  # `docker logs --follow` may lag behind
                self.last_life = await _last_lines(self.container.id)
            self.cause = cause or cause_of(self.last_life) or _unknown(now, restarts)
        elif restarts:
            self.announce(
                PhaseMoved(self.phase, f"it ended with code {now.exit_code} and was restarted ({restarts})")
            )

    async def _ask(self) -> None:
        try:
            self.verdict = await prove(
                self.service.url,
                model=self.service.model,
                api_key=self.service.api_key or None,
                clock=self.clock,
            )
        except ServerUnreachable:
            return
        except RequestError as error:
            self.announce(PhaseMoved(self.phase, error.message))
        except MinerUBatchError as error:
            self.refused = error


def _unknown(container: Container, restarts: int) -> StartFailure:
    again = f" {restarts + 1} times" if restarts else ""
    return StartFailure(
        f"the server ended{again} with code {container.exit_code} before it was ready",
        "its last lines are above; all of them: mineru-batch server logs",
    )


async def _last_lines(container: str) -> tuple[str, ...]:
    """The last lines of a container's log."""
    async with following(("docker", "logs", "--tail", str(KEPT_LINES), container)) as lines:
        return tuple([line async for line in lines if isinstance(line, str) and line.strip()])
