"""An error of our tree as a person reads it: what is wrong and what to do, without a traceback."""

from __future__ import annotations

from typing import TextIO

from mineru_cli.errors import MinerUBatchError
from mineru_cli.ui.pipe import Pipe
from mineru_cli.ui.untrusted import visible

LONGEST = 2000


def show_error(error: MinerUBatchError, stream: TextIO, *, colour: bool = False) -> None:
    """Write ``error`` and below it its hint. Lines of it after the first are a quotation, and indented."""
    pipe = Pipe(stream)
    word = "\x1b[1;31merror:\x1b[0m" if colour else "error:"
    first, *quoted = error.message[:LONGEST].split("\n")
    pipe.line(f"{word} {visible(first, LONGEST)}")
    for line in quoted:
        pipe.line(f"    {visible(line, LONGEST)}")
    for line in error.hint.splitlines():
        pipe.line(f"  {visible(line, LONGEST)}")
