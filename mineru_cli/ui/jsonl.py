"""``--progress json``: one event per line on stdout, its time under "at" (Unix seconds), and nothing else.

``mineru_cli.domain.codec.decode`` parses a line.
"""

from __future__ import annotations

from types import TracebackType
from typing import TextIO

from mineru_cli.domain.codec import encode
from mineru_cli.domain.events import Event
from mineru_cli.observe.progress import RunProgress
from mineru_cli.ui.plain_text import Pipe


class JsonView:
    """Writes and flushes each event. A slow reader slows the run down; a closed pipe does not stop it."""

    def __init__(self, stream: TextIO) -> None:
        self.progress = RunProgress()
        self._pipe = Pipe(stream)

    def __call__(self, event: Event, at: float) -> None:
        """Fold and write the event."""
        self.progress.apply(event, at)
        if not self._pipe.broken:
            self._pipe.line(encode(event, at=round(at, 3)))

    def __enter__(self) -> JsonView:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None
