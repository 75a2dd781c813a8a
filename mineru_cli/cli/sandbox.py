"""``--sandbox`` of servers that take no other setting."""

from __future__ import annotations

from typing import Annotated

import typer

from mineru_cli.isolation.sandbox_mode import SandboxMode

SandboxOption = Annotated[
    SandboxMode,
    typer.Option(
        "--sandbox",
        envvar="MINERU_BATCH_SANDBOX",
        metavar="auto|require|off",
        help="Deny the process all files, programs and connections but those it needs: where the kernel can, "
        "in any case or not at all.",
    ),
]
