"""Model profiles as a table, and a single one in detail."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.table import Table
from rich.text import Text

from mineru_cli.recipes.profiles.profile import Profile
from mineru_cli.ui.console import console_on
from mineru_cli.ui.plain_text import visible

_HOW = {"mineru": "layout, then each block", "whole-page": "whole page", "regions": "each region"}


def show_profiles(profiles: Sequence[Profile], stream: TextIO, environ: Mapping[str, str]) -> None:
    """One line per profile."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "models", "asks about", "places", "licence"):
        table.add_column(heading, overflow="fold")
    for one in profiles:
        how = "refused" if one.refuse else _HOW[one.recipe]
        places = "yes" if one.recipe != "whole-page" or one.box_scale is not None else "no"
        table.add_row(one.name, one.title, how, "" if one.refuse else places, one.licence)
    console_on(stream, environ).print(table)


def show_profile(profile: Profile, reason: str, stream: TextIO, environ: Mapping[str, str]) -> None:
    """The details of a profile, the prompt last."""
    console = console_on(stream, environ)
    for name, value in _facts(profile, reason):
        if value:
            console.print(Text.assemble((f"{name:<14}", "bold"), visible(value)), soft_wrap=True)
    if profile.prompt:
        console.print(Text("prompt", style="bold"))
        console.print(Text("\n".join(f"  {visible(line)}" for line in profile.prompt.splitlines())))


def _facts(profile: Profile, reason: str) -> list[tuple[str, str]]:
    image = profile.image.model_dump(exclude_none=True, exclude_defaults=True)
    sampling = profile.sampling.model_dump(exclude_none=True)
    return [
        ("recipe", profile.name),
        ("models", profile.title),
        ("chosen", reason),
        ("refused", profile.refuse),
        ("asks about", _HOW[profile.recipe]),
        ("order", "" if profile.order == "image-first" else "the prompt before the image"),
        ("system", profile.system or ""),
        ("sampling", _pairs(sampling)),
        ("temperatures", ", ".join(str(one) for one in profile.temperatures)),
        ("image", _pairs(image)),
        ("request", _pairs(profile.request.fields())),
        ("prompts", "; ".join(f"{kind}: {prompt!r}" for kind, prompt in profile.prompts.items())),
        ("reply", profile.reader if profile.recipe == "whole-page" else ""),
        (
            "boxes",
            _boxes(profile) if profile.recipe == "whole-page" else "",
        ),
        ("server needs", " ".join(profile.server_flags)),
        ("licence", profile.licence),
        ("restriction", profile.restriction),
        ("sources", "; ".join(profile.sources)),
    ]


def _boxes(profile: Profile) -> str:
    if profile.box_scale is None:
        return "not given"
    if profile.box_scale == "pixels":
        return "in pixels of the picture sent"
    return f"0-{profile.box_scale:g}"


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {json.dumps(value)}" for name, value in values.items())
