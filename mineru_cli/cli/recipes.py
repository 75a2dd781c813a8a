"""``mineru-batch recipes``: the model profiles, and the one for a model or a server."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from mineru_cli.cli.help import Command, group
from mineru_cli.ui.plain_text import show_json

if TYPE_CHECKING:
    from mineru_cli.recipes.profiles.catalogue import Choice

app = group("Show how served models are asked.")

_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command("list", cls=Command)
def list_recipes(as_json: _AsJson = False) -> None:
    """List all recipes: the models each is for, and how it asks them.

    \b
    mineru-batch recipes list
    """
    from mineru_cli.recipes.profiles.catalogue import profiles

    if as_json:
        show_json([one.model_dump(mode="json") for one in profiles()], sys.stdout)
        return
    from mineru_cli.ui.tables.recipes import show_profiles

    show_profiles(list(profiles()), sys.stdout, os.environ)


@app.command("show", cls=Command)
def show_recipe(
    what: Annotated[
        str | None, typer.Argument(metavar="NAME|MODEL", help="A recipe's name, or a served model's.")
    ] = None,
    server_url: Annotated[
        str | None, typer.Option("--server-url", metavar="URL", help="Ask this server what it serves.")
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Show one recipe with its prompt, sampling, sources and licence, and why a model gets it.

    Exits with 2 when there is no recipe for the model.

    \b
    mineru-batch recipes show qwen3-vl
    mineru-batch recipes show deepseek-ai/DeepSeek-OCR-2
    mineru-batch recipes show --server-url http://gpu1:8000
    """
    from mineru_cli.errors import SettingsError
    from mineru_cli.recipes.profiles.catalogue import Choice, choose, names, profile, profile_for

    if (what is None) == (server_url is None):
        raise SettingsError("give a recipe's name, a model's name, or --server-url", hint="see recipes list")
    if server_url is not None:
        choice = _of_server(server_url)
    elif what in names():
        choice = Choice(profile(what), "")
    else:
        choice = choose(what or "")
    if choice.profile is None:
        profile_for(what or choice.reason)  # raises the error with its hint
        return
    if as_json:
        show_json({"reason": choice.reason, **choice.profile.model_dump(mode="json")}, sys.stdout)
        return
    from mineru_cli.ui.tables.recipes import show_profile

    show_profile(choice.profile, choice.reason, sys.stdout, os.environ)


def _of_server(url: str) -> Choice:
    import anyio

    from mineru_cli.inference.probe import probe
    from mineru_cli.recipes.profiles.catalogue import choose

    card = anyio.run(probe, url)
    return choose(card.model, root=card.root, max_model_len=card.max_model_len)
