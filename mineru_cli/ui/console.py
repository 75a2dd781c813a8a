"""The only factory of rich consoles: no markup, no highlighting, no emoji codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO, cast

from rich.console import Console

from mineru_cli.ui.plain_text import give_up


class _Quiet:
    """A stream that drops output once its reader is gone. Rich would exit, with its own code."""

    def __init__(self, stream: TextIO, needed: bool) -> None:
        self._stream = stream
        self._needed = needed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            give_up(self._stream, error, needed=self._needed)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            give_up(self._stream, error, needed=self._needed)


def console_on(
    stream: TextIO, environ: Mapping[str, str], *, width: int | None = None, needed: bool = True
) -> Console:
    """A console on ``stream``. Colour and width are detected by rich; NO_COLOR in ``environ`` is honoured.

    A full disk behind a redirect raises ``OutputNotWritable`` if the text is ``needed``, else it is a
    warning.
    """
    return Console(
        file=cast("TextIO", _Quiet(stream, needed)),
        width=width,
        markup=False,
        emoji=False,
        highlight=False,
        no_color=bool(environ.get("NO_COLOR")),
        _environ=environ,
    )
