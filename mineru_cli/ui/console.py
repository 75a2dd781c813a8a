"""The one way this package makes a rich console: no markup, no guessing, nothing taken from names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO, cast

from rich.console import Console

from mineru_cli.ui.plain_text import give_up


class _Quiet:
    """A stream that goes quiet when its reader is gone. Rich would exit, and with a code of its own."""

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
    """A console on ``stream``. Colour and width are found as rich does; NO_COLOR in ``environ`` counts.

    A full disk behind a redirect raises ``OutputNotWritable`` where the text is ``needed``, and is a warning
    where a command does other work.
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
