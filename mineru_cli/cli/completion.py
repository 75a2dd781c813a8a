"""``mineru-batch completion``: the completion script of a shell."""

from __future__ import annotations

import os
from enum import Enum
from typing import Annotated

import typer

from mineru_cli.cli.help import Command, single_command

app = single_command()


class Shell(str, Enum):
    """A supported shell."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@app.command("completion", cls=Command, no_args_is_help=True)
def completion(
    shell: Annotated[Shell, typer.Argument(metavar="bash|zsh|fish", help="The shell it is for.")],
) -> None:
    """Print the script that completes commands and options. mineru-batch --install-completion installs it.

    \b
    source <(mineru-batch completion bash)
    mineru-batch completion zsh > "${fpath[1]}/_mineru-batch"
    mineru-batch completion fish > ~/.config/fish/completions/mineru-batch.fish
    """
    from mineru_cli.cli.app import PROGRAM
    from mineru_cli.cli.app import app as program

    os.environ["_MINERU_BATCH_COMPLETE"] = f"source_{shell.value}"  # the protocol of typer's completion
    program(prog_name=PROGRAM, args=[], standalone_mode=False)
