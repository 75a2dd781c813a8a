"""Output of ``runs verify`` and ``runs rebuild``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from rich.text import Text

from mineru_cli.engine.rebuild import Rebuilt
from mineru_cli.engine.verify import Verification
from mineru_cli.ui.console import console_on
from mineru_cli.ui.format import count
from mineru_cli.ui.plain_text import visible

LOST_NAMED = 20
"""Documents with missing files that ``runs rebuild`` lists."""
_ADVICE = (
    "The same convert command converts again what is missing or has another size. "
    "Remove the folder of a document with other content first."
)


def show_verification(found: Verification, stream: TextIO, environ: Mapping[str, str]) -> None:
    """Write one line per damaged file, and what was compared."""
    console = console_on(stream, environ)
    for damage in found.damaged:
        line = Text.assemble((visible(damage.file, 4096), "red"), ": ", visible(damage.reason))
        console.print(line, soft_wrap=True)
    compared = f"{count(found.documents)} documents, {count(found.files)} files, {count(found.bytes)} bytes"
    verdict = f"{count(len(found.damaged))} files are damaged" if found.damaged else "all as recorded"
    console.print(f"{compared}: {verdict}.", soft_wrap=True)
    if found.unrecorded:
        console.print(f"{count(found.unrecorded)} documents have no recorded sizes and hashes.")
    if found.damaged:
        console.print(Text(_ADVICE, "dim"), soft_wrap=True)


def show_rebuilt(rebuilt: Rebuilt, stream: TextIO, environ: Mapping[str, str]) -> None:
    """Write the content of the new ledger, and what has to be converted again."""
    console = console_on(stream, environ)
    console.print(f"The ledger was rebuilt: {rebuilt.summary}.", soft_wrap=True)
    for key in rebuilt.lost[:LOST_NAMED]:
        console.print(f"  {visible(key, 4096)}", soft_wrap=True)
    if len(rebuilt.lost) > LOST_NAMED:
        console.print(f"  and {count(len(rebuilt.lost) - LOST_NAMED)} more")
    if rebuilt.kept is not None:
        console.print(
            Text(f"The old one is kept as {visible(str(rebuilt.kept), 4096)}", "dim"), soft_wrap=True
        )
