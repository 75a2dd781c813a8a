"""``mineru-batch completion``: the completion script of a shell."""

from __future__ import annotations

import os
from typing import Annotated, Literal

import typer

from mineru_cli.cli.help import Command, single_command

app = single_command()


@app.command("completion", cls=Command, no_args_is_help=True)
def completion(
    shell: Annotated[
        Literal["bash", "zsh", "fish"], typer.Argument(metavar="bash|zsh|fish", help="The shell it is for.")
    ],
) -> None:
    """Print the script that completes commands and options. mineru-batch --install-completion installs it.

    \b
    source <(mineru-batch completion bash)
    mineru-batch completion zsh > "${fpath[1]}/_mineru-batch"
    mineru-batch completion fish > ~/.config/fish/completions/mineru-batch.fish
    """
    from mineru_cli.cli.app import PROGRAM
    from mineru_cli.cli.app import app as program

    os.environ["_MINERU_BATCH_COMPLETE"] = f"source_{shell}"  # the protocol of typer's completion
    program(prog_name=PROGRAM, args=[], standalone_mode=False)
