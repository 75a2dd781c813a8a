"""What confined the workers of a run, in words: part of ``run.json``."""

from __future__ import annotations

from mineru_cli.domain.events import Event, WorkerStarted
from mineru_cli.isolation.sandbox import lacking, landlock_version


class SandboxReport:
    """An ``Observer``. ``mode`` is ``--sandbox``."""

    def __init__(self, mode: str) -> None:
        self._mode = mode
        self._confined = self._open = 0

    def __call__(self, event: Event, at: float) -> None:
        """Count workers that are confined and those that are not."""
        if isinstance(event, WorkerStarted):
            self._confined += event.sandboxed
            self._open += not event.sandboxed

    @property
    def text(self) -> str:
        """``Landlock 7``, ``not sandboxed: ...``; empty where no worker ran."""
        if self._open:
            missing = lacking(landlock_version()) or "the engine's workers share their process with it"
            return f"not sandboxed: {'--sandbox off' if self._mode == 'off' else missing}"
        return f"Landlock {landlock_version()}" if self._confined else ""
