"""An error of our tree as a person reads it: what is wrong and what to do, without a traceback."""

from __future__ import annotations

from typing import TextIO

from mineru_cli.errors import MinerUBatchError
from mineru_cli.ui.pipe import Pipe
from mineru_cli.ui.untrusted import visible


def show_error(error: MinerUBatchError, stream: TextIO, *, colour: bool = False) -> None:
    """Write ``error`` on one line and below it its hint, which may have several."""
    pipe = Pipe(stream)
    word = "\x1b[1;31merror:\x1b[0m" if colour else "error:"
    pipe.line(f"{word} {visible(error.message, 2000)}")
    for line in error.hint.splitlines():
        pipe.line(f"  {visible(line, 2000)}")
