"""``--progress json``: one event per line on stdout, its time under "at" (Unix seconds), and nothing else.

``mineru_cli.domain.codec.decode`` parses a line.
"""

from __future__ import annotations

from typing import TextIO

from mineru_cli.domain.codec import encode
from mineru_cli.domain.events import Event
from mineru_cli.ui.plain_text import Pipe
from mineru_cli.ui.terminal.view import SilentView


class JsonView(SilentView):
    """Writes and flushes each event. A slow reader slows the run down; a closed pipe does not stop it."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._pipe = Pipe(stream)

    def __call__(self, event: Event, at: float) -> None:
        """Fold and write the event."""
        super().__call__(event, at)
        if not self._pipe.broken:
            self._pipe.line(encode(event, at=round(at, 3)))
