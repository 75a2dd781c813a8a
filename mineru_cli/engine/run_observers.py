"""A run's own observers: how workers are confined, and missing probabilities."""

from __future__ import annotations

from collections.abc import Callable

from mineru_cli.domain.events import Event, Notice, PageFinished, WorkerStarted
from mineru_cli.isolation.sandbox import lacking, landlock_version

MISSING = (
    "--confidence has no values: the server returns no probabilities of tokens "
    "(vLLM does; the embedded engine does not, and a gateway may drop them)"
)


class SandboxReport:
    """What confined the workers, in words: part of ``run.json``. ``mode`` is ``--sandbox``."""

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


class MissingConfidence:
    """Reports once that a server returns no probabilities although ``--confidence`` is set.

    Triggered by the first page that the model read without any.
    """

    def __init__(self) -> None:
        self._warned = False
        self._announce: Callable[[Event], None] = lambda event: None

    def attach(self, announce: Callable[[Event], None]) -> None:
        """See ``engine.observers``."""
        self._announce = announce

    def __call__(self, event: Event, at: float) -> None:
        """See ``domain.events.Observer``."""
        if self._warned or not isinstance(event, PageFinished) or event.confidence is not None:
            return
        if event.blocks > event.layer_blocks and event.requests:
            self._warned = True
            self._announce(Notice("warning", MISSING))
