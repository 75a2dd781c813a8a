"""A run's configuration once its model is known: settings, recipe, source of text, and their fingerprint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mineru_cli.errors import SettingsError
from mineru_cli.pages.page_words import MARK
from mineru_cli.recipes.profiles.catalogue import profile, profile_for, read_profile
from mineru_cli.recipes.profiles.profile import Profile
from mineru_cli.settings import Settings, TextMode, fingerprint
from mineru_cli.sources.pages import PageSelection
from mineru_cli.sources.shard import with_own_share

IMAGE_ANALYSIS = "Image Analysis:"
FORMULAS = "Formula Recognition:"


@dataclass(frozen=True, slots=True)
class RunConfig:
    """``settings`` have the resolved text mode; ``shaping`` has all settings behind the ``fingerprint``.

    ``given_profile`` is the user's own model profile as JSON, empty for one of the package. ``page_words``
    says that the server reads the words of a text layer with the picture, ``formulas`` that it reads
    formulas.
    """

    settings: Settings
    model: str
    recipe: str
    profile: Profile
    given_profile: str
    text: TextMode
    shaping: dict[str, Any]
    fingerprint: str
    page_words: bool = False
    formulas: bool = True


def run_config(
    settings: Settings, model: str, *, embedded: bool, root: str = "", prompts: Sequence[str] = ()
) -> RunConfig:
    """The configuration of a run on a served model. Reads files: call it in a thread.

    ``root`` is what the server reports as the repository or path of the weights, ``prompts`` are the only
    ones that it understands: what it cannot do is switched off. Raises ``SettingsError`` when no recipe is
    known for the model.
    """
    chosen = profile_of(settings, model, root=root)
    text: TextMode = settings.text or ("auto" if embedded else "model")
    own = settings.recipe_file is not None
    resolved = settings.model_copy(
        update={
            "text": text,
            "image_analysis": settings.image_analysis and (not prompts or IMAGE_ANALYSIS in prompts),
            "cross_page_tables": settings.cross_page_tables and not prompts,
        }
    )
    shaping = resolved.shaping(
        model=model, recipe=chosen.name, text=text, profile=chosen.facts() if own else None
    )
    facts = chosen.model_dump_json() if own else ""
    return RunConfig(
        resolved,
        model,
        chosen.name,
        chosen,
        facts,
        text,
        shaping,
        fingerprint(shaping),
        page_words=MARK.strip() in prompts,
        formulas=not prompts or FORMULAS in prompts,
    )


def check_unserved(settings: Settings) -> None:
    """Raise ``SettingsError`` for what is wrong whatever the server is: pages, shard, recipe.

    Reads files. Before a server is started, which can take minutes.
    """
    PageSelection.parse(settings.pages)
    with_own_share(settings)
    if settings.ca_file is not None and not settings.ca_file.exists():
        raise SettingsError(f"--ca-file {settings.ca_file}: there is no such file")
    candidate = settings.rollout.candidate
    for path, name in ((settings.recipe_file, settings.recipe), (candidate.recipe_file, candidate.recipe)):
        if path is not None:
            read_profile(path)
        elif name not in (None, "auto"):
            profile(name)


def profile_of(settings: Settings, model: str, *, root: str = "") -> Profile:
    """The profile for a served model: the user's own file, the one that was named, or by the model.

    Raises ``SettingsError`` when there is none, or the file is not a profile.
    """
    if settings.recipe_file is not None:
        return read_profile(settings.recipe_file)
    return profile_for(model, root=root) if settings.recipe == "auto" else profile(settings.recipe)


def left_out(requested: Settings, resolved: Settings) -> str:
    """A sentence for the user about options that the server does not support; empty when there are none."""
    missing = [
        name
        for name, wanted, done in (
            ("image analysis", requested.image_analysis, resolved.image_analysis),
            (
                "merging of table cells across pages",
                requested.cross_page_tables,
                resolved.cross_page_tables,
            ),
        )
        if wanted and not done
    ]
    return f"left out, because this server does not offer it: {', '.join(missing)}" if missing else ""
