"""The one way this package makes a rich console: no markup, no guessing, nothing taken from names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from rich.console import Console

from mineru_cli.ui.pipe import silence


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Go quiet when the reader is gone. Rich would exit, and with a code of its own."""
        self.quiet = True
        silence(self.file)


def console_on(stream: TextIO, environ: Mapping[str, str], *, width: int | None = None) -> Console:
    """A console on ``stream``. Colour and width are found as rich does; NO_COLOR in ``environ`` counts."""
    return _Console(
        file=stream,
        width=width,
        markup=False,
        emoji=False,
        highlight=False,
        no_color=bool(environ.get("NO_COLOR")),
        _environ=environ,
    )
