"""How long a run waited because no server answered: what speed and remaining time leave out."""

from __future__ import annotations

from mineru_cli.domain import events
from mineru_cli.observe.gauges import is_idle


class WaitingTime:
    """Callable with events. A run waits while every worker with work has the breakers of all servers open.

    The time before the first worker is ready does not count as waiting.
    """

    def __init__(self) -> None:
        self.resumed: float | None = None
        """When the latest wait ended."""
        self._total = 0.0
        self._since: float | None = None
        self._servers: dict[str, set[int]] = {}
        self._workers: set[int] = set()
        self._idle: set[int] = set()

    @property
    def waiting(self) -> bool:
        """Whether no server answers now."""
        return self._since is not None

    def seconds(self, at: float) -> float:
        """Seconds waited until ``at``."""
        return self._total + (max(0.0, at - self._since) if self._since is not None else 0.0)

    def __call__(self, event: events.Event, at: float) -> None:
        """Note one event."""
        if isinstance(event, events.RunStarted):
            self._servers = {server: set() for server in event.servers}
        elif isinstance(event, events.WorkerStarted):
            self._workers.add(event.worker)
        elif isinstance(event, events.WorkerGauge):
            if is_idle(event) == (event.worker in self._idle):
                return
            (self._idle.add if is_idle(event) else self._idle.discard)(event.worker)
        elif isinstance(event, events.WorkerStopped):
            self._workers.discard(event.worker)
            self._idle.discard(event.worker)
            for away in self._servers.values():
                away.discard(event.worker)
        elif isinstance(event, events.BreakerChanged):
            away = self._servers.setdefault(event.server, set())
            away.discard(event.worker) if event.state == "closed" else away.add(event.worker)
        else:
            return
        self._update(at)

    def _update(self, at: float) -> None:
        active = self._workers - self._idle
        waits = bool(active and self._servers) and all(active <= away for away in self._servers.values())
        if waits and self._since is None:
            self._since = at
        elif not waits and self._since is not None:
            self._total, self._since, self.resumed = self.seconds(at), None, at
