"""No output: events are only folded for the summary."""

from __future__ import annotations

from types import TracebackType

from mineru_cli.domain.events import Event
from mineru_cli.observe.progress import RunProgress


class SilentView:
    """``--progress none``."""

    def __init__(self) -> None:
        self.progress = RunProgress()

    def __call__(self, event: Event, at: float) -> None:
        """Fold the event."""
        self.progress.apply(event, at)

    def __enter__(self) -> SilentView:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None
